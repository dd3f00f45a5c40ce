// Loaded on every Chainlit screen, before Chainlit's own script.

import { mountApproval } from './approval.js';
import { mountBoard } from './board.js';
import { openable } from './dom.js';
import { mountVerdict } from './incident.js';
import { boardIsBeside, installPanel, whenPlaceChanges } from './panel.js';
import { keepSessionsInOrder } from './sessions.js';

const THEME = 'vite-ui-theme'; // Chainlit's key; without a choice the theme follows the system
if (!localStorage.getItem(THEME)) localStorage.setItem(THEME, 'system');

// The board in the first message shows where no board stands beside the chat.
function mountInlineBoard(place) {
  let unmount = null;
  const check = () => {
    const wanted = !boardIsBeside();
    if (wanted && !unmount) unmount = mountBoard(place);
    if (!wanted && unmount) (unmount(), (unmount = null));
  };
  check();
  const stop = whenPlaceChanges(check);
  return () => {
    stop();
    unmount?.();
  };
}

// The addresses of apps that a reply names: opened under the host name that our login cookie does not go to, by mouse
// or by keyboard.
function awayFromOurCookie(event) {
  const link = event.target.closest?.('a[href]');
  if (link && link.host !== window.location.host) link.href = openable(link.href);
}
for (const kind of ['pointerdown', 'focusin', 'click']) document.addEventListener(kind, awayFromOurCookie, true);

// On a narrow screen Chainlit leaves the address at "/" after the first message, so a reload would lose the chat.
window.addEventListener('message', (event) => {
  const thread = event.source === window && event.origin === window.location.origin && event.data?.kubelite?.thread;
  if (!thread) return;
  setTimeout(() => {
    if (window.location.pathname === '/') window.history.replaceState(window.history.state, '', `/thread/${encodeURIComponent(thread)}`);
  }, 300);
});

window.KubeLite = { mountInlineBoard, mountApproval, mountVerdict };
keepSessionsInOrder();
installPanel();
