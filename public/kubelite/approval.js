// One approval card: what would happen, what is lost, and two buttons; afterwards one permanent line.

import { clock, h } from './dom.js';
import { refresh, serverNow } from './store.js';

const CALM = 400; // nothing can be clicked for so long after the buttons appear
const EVERY = 1000;
const FRESH = 15; // seconds; only a card this young takes the focus
const known = new Map(); // id -> last answer, so that a remount draws at once
const calmSince = new Map(); // id -> performance.now() of the buttons' first sight, which is an answer of the server later
const PAST = { Delete: 'Deleted', Scale: 'Scaled', Apply: 'Applied', Restart: 'Restarted', Create: 'Created', Deploy: 'Deployed', Stop: 'Stopped', Start: 'Started', Update: 'Updated', Change: 'Changed', 'Roll back': 'Rolled back', Undo: 'Undid', Move: 'Moved', Serve: 'Serving' };

export function mountApproval(place, id) {
  const card = h('section', { class: 'kl kl-card', 'data-testid': `approval-${id}`, 'aria-label': 'Approval' });
  place.append(card);
  const view = { id, card, approval: known.get(id) || null, error: null, sending: null, stopped: false, timer: null, drawn: '' };
  card.addEventListener('click', (event) => click(view, event));
  card.addEventListener('keydown', backToTheChat);
  draw(view);
  load(view);
  const tick = setInterval(() => countDown(view), 1000);
  return () => {
    view.stopped = true;
    clearTimeout(view.timer);
    clearInterval(tick);
    card.remove();
  };
}

// An approved call that has no result after so long was cut off: the server went down meanwhile.
const LOST = 180;
const lost = (approval) => approval.state === 'approved' && approval.decided_at && serverNow() - approval.decided_at > LOST;
const open = (approval) => !approval || approval.state === 'pending' || (approval.state === 'approved' && !lost(approval));

async function load(view) {
  clearTimeout(view.timer);
  if (view.stopped) return;
  try {
    if (!document.hidden && !view.sending) {
      const answer = await fetch(`/api/approvals/${encodeURIComponent(view.id)}`, { signal: AbortSignal.timeout(5000) });
      const body = await answer.json();
      if (answer.ok) learn(view, body);
      else view.error = body.error;
      if (answer.status === 404) view.gone = true;
    }
  } catch {
    view.error = 'The server does not answer; trying again.';
  }
  draw(view);
  if (!view.stopped && !view.gone && open(view.approval)) view.timer = setTimeout(() => load(view), EVERY);
}

function learn(view, body) {
  view.approval = body;
  view.error = null;
  known.set(view.id, body);
}

async function decide(view, decision) {
  view.sending = decision;
  draw(view);
  try {
    const answer = await fetch(`/api/approvals/${encodeURIComponent(view.id)}`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ decision }),
    });
    const body = await answer.json();
    if (answer.ok) learn(view, body);
    else view.error = body.error;
  } catch {
    view.error = 'The server did not answer; whether it was decided shows below as soon as it does.';
  }
  view.sending = null;
  refresh();
  draw(view);
  const error = view.error;
  await load(view);
  if (error && open(view.approval)) ((view.error = error), draw(view));
}

function click(view, event) {
  const button = event.target.closest('button[data-decision]');
  if (button && !button.disabled) decide(view, button.dataset.decision);
}

// The safe button has the focus, but who types means the chat.
function backToTheChat(event) {
  if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey) {
    document.getElementById('chat-input')?.focus();
  }
}

function draw(view) {
  const sign = JSON.stringify([view.approval, view.error, view.sending, expired(view.approval), view.gone]);
  if (sign === view.drawn || view.stopped) return;
  view.drawn = sign;
  const { approval } = view;
  const body = !approval ? [h('p', { class: 'kl-hint' }, view.error || 'Loading …')] : finished(approval) ? [line(approval)] : question(view);
  view.card.classList.toggle('kl-decided', Boolean(approval && finished(approval)));
  view.card.replaceChildren(...body);
  showButtons(view);
  calmDown(view);
  countDown(view);
}

const expired = (approval) => Boolean(approval && approval.state === 'pending' && approval.expires_at <= serverNow());
const finished = (approval) => expired(approval) || !open(approval);

// -- before the decision

function question(view) {
  const { approval } = view;
  const busy = view.sending || approval.state === 'approved';
  return [
    h('header', { class: 'kl-card-head' },
      h('span', { class: 'kl-need-mark', 'aria-hidden': 'true' }, '!'),
      h('b', { class: 'kl-grow' }, approval.title),
      busy ? null : h('small', { class: 'kl-dim', 'data-countdown': true })),
    h('dl', { class: 'kl-terms' },
      ...term(asked(approval), approval.sentence ? h('q', {}, approval.sentence) : 'not by a sentence'),
      ...(approval.changes.length ? term('Changes', h('ul', {}, ...approval.changes.map(change))) : []),
      ...(approval.losses.length ? term('Lost', h('ul', { class: 'kl-loss' }, ...approval.losses.map((loss) => h('li', {}, loss)))) : []),
      ...(approval.notes.length ? term('Note', h('ul', {}, ...approval.notes.map((note) => h('li', {}, note)))) : []),
      ...(approval.price ? term('Price', price(approval.price)) : []),
      ...(approval.undo ? term('Undo', approval.undo) : [])),
    view.error ? h('p', { class: 'kl-error', role: 'alert' }, view.error) : null,
    busy ? h('p', { class: 'kl-busy' }, h('i', { class: 'kl-spin', 'aria-hidden': 'true' }), view.sending === 'reject' ? ' Keeping it …' : ` ${approval.verb} …`) : buttons(approval),
    h('details', { class: 'kl-details' }, h('summary', {}, 'Details'),
      h('pre', {}, `${approval.tool}(${JSON.stringify(approval.arguments, null, 1)})`),
      h('small', { class: 'kl-dim' }, `approval ${approval.id} · arguments ${approval.arguments_hash.slice(0, 12)}`)),
  ].filter(Boolean);
}

// The rate comes first and large; for what, when it ends, what is reserved and what is left are a line each below.
function price(text) {
  const lines = text.split(/(?<=[a-z0-9)]\.) (?=[A-Z$])/).filter(Boolean);
  const rate = lines[0].match(/^(\$[\d.,]+ an hour \(\$[\d.,]+ a day\)) (.+)$/);
  const rest = rate ? [rate[2], ...lines.slice(1)] : lines;
  return h('div', { class: 'kl-price', 'data-testid': 'price' }, rate ? h('b', {}, rate[1]) : null, ...rest.map((line) => h('p', {}, line)));
}

const term = (name, value) => [h('dt', {}, name), h('dd', {}, value)];

const asked = (approval) => (approval.asked_by_person ? `${approval.user} asked` : `Proposed by ${approval.model}, after`);

const change = ({ what, before, after }) => h('li', {}, `${what} `, h('span', { class: 'kl-before' }, before || 'none'), ' → ', h('span', { class: 'kl-after' }, after || 'none'));

const mends = (approval) => approval.tool === 'remedy' && !approval.losses.length;
const removes = (approval) => /^(delete|remove|stop)\b/i.test(approval.verb);

function buttons(approval) {
  return h('div', { class: 'kl-buttons' },
    h('button', { class: 'kl-button', 'data-decision': 'reject', 'data-testid': `reject-${approval.id}` }, removes(approval) ? 'Keep it' : 'Leave it'),
    h('button', { class: `kl-button ${removes(approval) || !(approval.price || mends(approval)) ? 'kl-danger' : 'kl-go'}`, 'data-decision': 'approve', 'data-testid': `approve-${approval.id}` }, approval.verb));
}

// The card is drawn after the chat has scrolled to its end, so the buttons may be below the edge.
function showButtons(view) {
  const { approval } = view;
  if (view.shown || !approval || finished(approval)) return;
  view.shown = true;
  if (serverNow() - approval.created_at < FRESH) requestAnimationFrame(() => view.card.scrollIntoView({ block: 'nearest' }));
}

// A card that jumps under the pointer must not be clicked by accident.
function calmDown(view) {
  if (!view.approval) return;
  if (!calmSince.has(view.id)) calmSince.set(view.id, performance.now());
  const left = CALM - (performance.now() - calmSince.get(view.id));
  if (left <= 0) return;
  const locked = [...view.card.querySelectorAll('button[data-decision]')];
  for (const button of locked) button.disabled = true;
  setTimeout(() => {
    for (const button of locked) button.disabled = false;
    focusSafely(view);
  }, left);
}

function focusSafely(view) {
  const { approval } = view;
  const active = document.activeElement;
  const free = !active || active === document.body || (active.id === 'chat-input' && !active.textContent.trim());
  if (approval && free && serverNow() - approval.created_at < FRESH) {
    view.card.querySelector('[data-decision="reject"]')?.focus({ preventScroll: true });
  }
}

function countDown(view) {
  const place = view.card.querySelector('[data-countdown]');
  if (!place || !view.approval) return;
  const left = view.approval.expires_at - serverNow();
  if (left <= 0) draw(view);
  else place.textContent = `expires in ${Math.floor(left / 60)}:${String(Math.floor(left % 60)).padStart(2, '0')}`;
}

// -- after the decision

function line(approval) {
  const [mark, words] = outcome(approval);
  const who = [approval.decided_by && (approval.state === 'rejected' && !withdrawn(approval) ? `${approval.decided_by} said no` : approval.decided_by), approval.decided_at ? clock(approval.decided_at) : clock(approval.expires_at)].filter(Boolean);
  const summary = approval.state === 'failed' && approval.result ? h('p', { class: 'kl-error' }, approval.result.summary) : null;
  return h('div', { 'data-testid': `decided-${approval.id}` }, h('p', { class: 'kl-line' }, h('b', {}, `${mark} ${words}`), h('span', { class: 'kl-dim' }, ` · ${who.join(' · ')}`)), summary);
}

function outcome(approval) {
  const target = approval.title.replace(/\?$/, '');
  if (approval.state === 'done') return ['✓', past(target)];
  if (approval.state === 'failed') return ['✖', `${target}: failed`];
  if (approval.state === 'approved') return ['?', `${target}: approved, outcome not known (the board shows what is true)`];
  if (withdrawn(approval)) return ['–', `Not asked any more: ${lower(target)}`];
  if (approval.state === 'rejected') return ['–', removes(approval) ? `Kept ${target.replace(/^\S+ /, '')}` : `Left as it was: ${lower(target)}`];
  return ['–', `Expired unanswered: ${lower(target)}`];
}

// Healing itself took it back: the app is well again, or was changed meanwhile.
const withdrawn = (approval) => approval.state === 'rejected' && approval.decided_by === 'kubelite';

const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);

function past(title) {
  for (const [now, then] of Object.entries(PAST)) if (title.startsWith(`${now} `)) return then + title.slice(now.length);
  return `${title}: done`;
}
