// The candidates of a question, as buttons that send what a person would type. One click answers; the question is then
// answered for good, so all of them are shut. Chainlit runs this file again at each redraw, so what was answered is kept
// beside it, for as long as the page lives.
import { useState } from 'react';
import { Button } from '@/components/ui/button';

const answered = (window.kubeliteAnswered ??= new Set());

export default function Choices() {
  const [, redraw] = useState(0);
  const shut = answered.has(props.id);
  const answer = (choice) => {
    answered.add(props.id);
    redraw(1);
    sendUserMessage(choice);
  };
  return (
    <div className="kl-inline kl-starters">
      {(props.choices || []).map((choice) => (
        <Button key={choice} variant="outline" size="sm" className="kl-starter" disabled={shut}
                data-testid={`choice-${choice}`} onClick={() => answer(choice)}>
          {choice}
        </Button>
      ))}
    </div>
  );
}
