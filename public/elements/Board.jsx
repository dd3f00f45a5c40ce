// The board in the first message, with the first suggestions. All drawing is in /public/kubelite/board.js, which the
// page loads on every screen; Chainlit runs this file again at each redraw, so it holds no state.
import { useEffect, useRef } from 'react';
import { Button } from '@/components/ui/button';

export default function Board() {
  const place = useRef(null);
  useEffect(() => window.KubeLite?.mountInlineBoard(place.current), []);
  return (
    <div className="kl-inline">
      <div className="kl-starters">
        {(props.starters || []).map((starter) => (
          <Button key={starter.label} variant="outline" size="sm" className="kl-starter"
                  data-testid={`starter-${starter.label.toLowerCase().replaceAll(' ', '-')}`}
                  onClick={() => sendUserMessage(starter.message)}>
            {starter.label}
          </Button>
        ))}
      </div>
      <div ref={place} />
    </div>
  );
}
