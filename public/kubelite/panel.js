// The board beside the chat, on every screen of the page. It is ours and not Chainlit's side panel, which any new
// element closes. Wide screens: docked at the right. Narrow ones: a pill in the header that opens it as a sheet.

import { mountBoard } from './board.js';
import { h } from './dom.js';
import { current, subscribe } from './store.js';
import { count, isFine } from './words.js';

const WIDE = window.matchMedia('(min-width: 1100px)');
const KEY = 'kubelite-board';
let panel = null;
let unmount = null;
let sheet = false; // open on a narrow screen
const watchers = new Set();

const docked = () => WIDE.matches && localStorage.getItem(KEY) !== 'closed';
const here = () => !/^\/(login|enter)/.test(window.location.pathname) && Boolean(current().data);
export const boardIsBeside = () => docked() && here();

export function whenPlaceChanges(listener) {
  watchers.add(listener);
  return () => watchers.delete(listener);
}

export function installPanel() {
  const pill = h('button', { class: 'kl kl-pill', 'data-testid': 'board-pill', hidden: true });
  pill.addEventListener('click', () => (WIDE.matches ? choose('open') : toggle(true)));
  document.body.append(pill);
  document.addEventListener('keydown', (event) => event.key === 'Escape' && sheet && toggle(false));
  WIDE.addEventListener('change', () => place(pill));
  subscribe(() => place(pill));
}

function choose(value) {
  localStorage.setItem(KEY, value);
  place(document.querySelector('.kl-pill'));
}

function toggle(open) {
  sheet = open;
  const pill = document.querySelector('.kl-pill');
  place(pill);
  (open ? panel?.querySelector('.kl-close') : pill)?.focus(); // who came by keyboard goes on where the board is
}

function place(pill) {
  const beside = boardIsBeside();
  const shown = here() && (beside || (sheet && !WIDE.matches));
  document.documentElement.classList.toggle('kl-docked', beside);
  if (shown && !panel) show();
  if (!shown && panel) hide();
  panel?.classList.toggle('kl-sheet', !beside);
  pill.hidden = !here() || shown;
  if (!pill.hidden) say(pill);
  for (const watcher of watchers) watcher();
}

function show() {
  const close = h('button', { class: 'kl-close', 'aria-label': 'Close the board', title: 'Close the board' }, '×');
  close.addEventListener('click', () => (WIDE.matches ? choose('closed') : toggle(false)));
  const body = h('div', { class: 'kl-panel-body' });
  panel = h('aside', { class: 'kl kl-panel', 'data-testid': 'board-panel', 'aria-label': 'Board' }, h('header', { class: 'kl-panel-head' }, h('b', {}, 'Board'), close), body);
  panel.addEventListener('kl-leave', () => sheet && toggle(false));
  document.body.append(panel);
  unmount = mountBoard(body);
}

function hide() {
  unmount();
  panel.remove();
  panel = null;
}

// Needs-you first: a phone has room for thirty letters.
function say(pill) {
  const { data, error } = current();
  const trouble = data.apps.filter((app) => !isFine(app)).length;
  const [words, colour] = error === 'lost' ? ['server lost', 'bad']
    : data.pending.length ? [`${data.pending.length} need${data.pending.length === 1 ? 's' : ''} you`, 'warn']
    : trouble ? [`${trouble} of ${count(data.apps.length, 'app')} not fine`, 'warn']
    : [data.apps.length ? `${count(data.apps.length, 'app')} fine` : 'Board', 'good'];
  const text = ` ${words}`;
  if (pill.textContent === text && pill.dataset.tone === colour) return;
  pill.dataset.tone = colour;
  const shape = { bad: 'cross', warn: 'triangle', good: 'square' }[colour];
  pill.replaceChildren(h('i', { class: `kl-cell kl-mark kl-${shape} kl-text-${colour}`, 'aria-hidden': 'true' }), text);
}
