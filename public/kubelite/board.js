// The board: what is connected, what needs a person, then the apps, worst first (the server's order).

import { clock, h, link, morph, seconds } from './dom.js';
import { age, serverNow, subscribe } from './store.js';
import { SHAPES, count, cpu, dollars, isFine, memory, replicaState, tone } from './words.js';
import { beside, mark, troubles, withIt } from './beside.js';
import { mountApproval } from './approval.js';
import { incidentLine } from './incident.js';

const OPEN_CARDS = 3; // up to so many apps, each shows its replicas as rows
const OPEN_ROWS = 10; // if they are not more than this
const CELLS = 60; // up to so many replicas, each has a cell
const FOLD = 60; // from so many apps, those that are fine become one line
const STALE = 3;

const opened = new Map(); // app key -> true/false, chosen by the reader; outlives remounts
const reviewing = new Set(); // approval ids opened inside the board
let showFine = false;

// Draws into `place` until the returned function is called. `empty` is what to say where there is no app.
export function mountBoard(place, { wall = false } = {}) {
  const root = h('section', { class: `kl kl-board${wall ? ' kl-wall' : ''}`, 'data-testid': 'board', 'aria-label': 'Board' });
  const cards = new Map();
  const drawn = new Map(); // app key -> what its card shows, so that only a changed card is built again
  place.append(root);
  const draw = (state) => {
    morph(root, picture(root, state, drawn));
    placeCards(root, cards);
  };
  root.addEventListener('click', (event) => act(event, () => draw(latest)));
  let latest;
  const stop = subscribe((state) => draw((latest = state)));
  return () => {
    stop();
    for (const unmount of cards.values()) unmount();
    root.remove();
  };
}

function picture(root, state, drawn) {
  const next = root.cloneNode(false);
  next.classList.toggle('kl-old', Boolean(state.error) || age() > STALE);
  if (!state.data) {
    drawn.clear();
    next.append(h('p', { class: 'kl-hint' }, waiting(state)));
    return next;
  }
  // Each part has a key: one that comes or goes must not make another be taken for it, whose unchanged cards are in it.
  next.append(strip(state), ...needs(state), apps(state.data, drawn), ...beside(state.data));
  return next;
}

const waiting = (state) => (state.error === 'lost' ? 'The server does not answer; trying again.' : state.error === 'login' ? 'You are logged out: open the login link in your terminal.' : 'Looking at what runs …');

// -- the strip: page, server and runtimes are three different outages

function strip(state) {
  const { data } = state;
  const line = h('div', { class: 'kl-strip', 'data-key': 'strip', 'data-testid': 'board-strip' });
  if (state.error) {
    line.append(h('p', { class: 'kl-alarm', 'data-testid': 'board-lost' }, mark('cross', 'bad'), ` ${lost(state)}`));
  } else if (age() > STALE) {
    line.append(h('p', { class: 'kl-alarm kl-grey' }, `data ${seconds(age())} old`));
  }
  line.append(...data.runtimes.map(runtime));
  if (data.money) line.append(money(data.money));
  line.append(h('span', { class: 'kl-badge', title: 'how much happens unasked' }, `mode ${data.mode}`));
  line.append(h('span', { class: 'kl-badge', title: 'who answers in the chat' }, `model ${data.model}`));
  return line;
}

// What all priced apps cost now, and what is left: the one number that goes on by itself is always in sight.
function money(sum) {
  const left = sum.balance === null ? '' : ` · ${dollars(sum.balance)} left`;
  const about = [
    sum.spent === null ? '' : `${dollars(sum.spent)} spent so far`,
    sum.reserved === null ? 'the account does not answer' : `${dollars(sum.reserved)} reserved by what runs`,
    sum.budget_per_hour === null ? '' : `at most ${dollars(sum.budget_per_hour)} an hour`,
    sum.budget_total === null ? '' : `at most ${dollars(sum.budget_total)} in all`,
  ];
  return h('span', { class: `kl-badge kl-money${sum.balance !== null && sum.balance <= 0 ? ' kl-text-bad' : ''}`, title: about.filter(Boolean).join('\n'), 'data-testid': 'board-money' }, `${dollars(sum.per_hour)}/h${left}`);
}

const lost = (state) => (state.error === 'login' ? 'You are logged out: open the login link in your terminal.' : `This page lost the server ${seconds(age())} ago; trying again. Below is what was seen last.`);

function runtime(view) {
  const [shape, colour, word] = view.reachable ? ['square', 'good', ''] : view.reachable === null ? ['hollow', 'busy', 'connecting'] : ['cross', 'bad', 'does not answer'];
  return h('span', { class: 'kl-runtime', title: view.detail || view.name }, mark(shape, colour), ` ${view.name}${word ? ` ${word}` : ''}`);
}

// -- needs you

function needs({ data }) {
  if (!data.pending.length) return [];
  return [
    h('div', { class: 'kl-needs', 'data-key': 'needs', 'data-testid': 'board-needs' },
      h('h3', {}, `Needs you (${data.pending.length})`),
      ...data.pending.map(pendingRow)),
  ];
}

function pendingRow(approval) {
  const open = reviewing.has(approval.id);
  return h('div', { class: 'kl-need', 'data-key': approval.id },
    h('div', { class: 'kl-need-line' },
      h('span', { class: 'kl-need-mark', 'aria-hidden': 'true' }, '!'),
      h('span', { class: 'kl-grow' }, h('b', {}, `${approval.title}?`), h('small', {}, ` asked by ${approval.user} ${seconds(serverNow() - approval.created_at)} ago`)),
      h('button', { class: 'kl-button', 'data-act': 'review', 'data-id': approval.id, 'data-testid': `review-${approval.id}` }, open ? 'Close' : 'Review')),
    open ? h('div', { 'data-card': approval.id, 'data-own': true }) : null);
}

function placeCards(root, cards) {
  const places = new Map([...root.querySelectorAll('[data-card]')].map((place) => [place.dataset.card, place]));
  for (const [id, unmount] of cards) if (!places.has(id)) (unmount(), cards.delete(id));
  for (const [id, place] of places) if (!cards.has(id)) cards.set(id, mountApproval(place, id));
}

// -- apps

function apps(data, drawn) {
  const box = h('div', { class: 'kl-apps', 'data-key': 'apps' });
  if (!data.apps.length) {
    drawn.clear();
    box.append(h('p', { class: 'kl-hint', 'data-testid': 'board-empty' }, 'Nothing runs yet. Say “deploy 3 nginx containers” in the chat.'));
    return box;
  }
  const fold = data.apps.length > FOLD && !showFine;
  const fine = fold ? data.apps.filter(isFine) : [];
  const shown = fold ? data.apps.filter((app) => !isFine(app)) : data.apps;
  box.append(summary(data));
  const keys = new Set(shown.map(keyOf));
  for (const key of drawn.keys()) if (!keys.has(key)) drawn.delete(key);
  box.append(...shown.map((app) => cardOrSame(app, data.apps.length, drawn)));
  if (fine.length) box.append(h('button', { class: 'kl-more', 'data-act': 'fine' }, mark('square', 'good'), ` ${fine.length} fine ▸`));
  return box;
}

function summary(data) {
  const trouble = data.apps.filter((app) => !isFine(app)).length;
  const ready = data.apps.reduce((sum, app) => sum + app.replicas.ready, 0);
  const wished = data.apps.reduce((sum, app) => sum + app.replicas.desired, 0);
  const words = [count(data.apps.length, 'app'), `${ready} of ${count(wished, 'replica')} ready`];
  if (trouble) words.push(`${trouble} not fine`);
  return h('p', { class: 'kl-summary' }, words.join(' · '));
}

const keyOf = (app) => `${app.namespace}/${app.name}`;

function cardOrSame(app, number, drawn) {
  const key = keyOf(app);
  const open = opened.has(key) ? opened.get(key) : number <= OPEN_CARDS && app.pods.length <= OPEN_ROWS;
  const ticks = open || app.status === 'Unknown';
  const shows = JSON.stringify([app, open, ticks && Math.floor(serverNow())], (name, value) => (name === 'seen_at' ? undefined : value));
  if (drawn.get(key) === shows) return h('article', { 'data-key': key, 'data-same': true });
  drawn.set(key, shows);
  return card(app, key, open);
}

function card(app, key, open) {
  return h('article', { class: `kl-app kl-tone-${tone(app.status)}${app.deleting ? ' kl-deleting' : ''}${open ? ' kl-open' : ''}`, 'data-key': key, 'data-testid': `app-${app.name}` },
    head(app, key, open),
    app.reason ? h('p', { class: 'kl-reason', title: app.reason }, app.reason) : null,
    ...troubles(app),
    ...incidentLine(app),
    cells(app),
    open && app.pods.length ? rows(app) : null,
    facts(app, open && app.pods.some((pod) => pod.urls.length) ? [] : app.urls),
    ...withIt(app));
}

function head(app, key, open) {
  return h('button', { class: 'kl-head', 'data-act': 'toggle', 'data-id': key, 'aria-expanded': String(open) },
    mark(SHAPES[app.status] || 'unknown', tone(app.status)),
    h('b', { class: 'kl-name', title: app.name }, app.name),
    app.namespace === 'default' ? null : h('small', { class: 'kl-dim', title: app.namespace }, app.namespace),
    h('span', { class: `kl-status kl-text-${tone(app.status)}`, 'data-testid': `app-${app.name}-status` }, app.deleting ? 'Deleting' : app.status),
    h('span', { class: 'kl-ready' }, h('b', { 'data-testid': `app-${app.name}-ready` }, app.status === 'Unknown' ? `?/${wanted(app)}` : `${here(app)}/${wanted(app)}`), app.job ? ' done' : ' ready'));
}

const here = (app) => (app.job ? app.job.succeeded : app.replicas.ready);
const wanted = (app) => (app.job ? app.job.completions || 1 : app.replicas.desired);

function cells(app) {
  const many = app.pods.length > CELLS;
  const states = app.pods.map((pod) => [pod, ...replicaState(pod, app.status)]);
  const shown = many ? states.filter(([, shape]) => shape !== 'square') : states;
  if (!states.length) return null;
  return h('div', { class: 'kl-cells', role: 'img', 'aria-label': `${app.replicas.ready} of ${app.replicas.desired} replicas ready` },
    many ? h('span', { class: 'kl-many' }, mark('square', 'good'), ` ${states.length - shown.length} running`) : null,
    ...shown.slice(0, 4 * CELLS).map(([pod, shape, colour, word]) => h('i', { class: `kl-cell kl-${shape} kl-text-${colour}`, 'data-key': pod.name, title: tip(pod, word) })));
}

function tip(pod, word) {
  const parts = [pod.name, word];
  if (pod.detail) parts.push(pod.detail);
  if (pod.restarts) parts.push(count(pod.restarts, 'restart'));
  if (pod.started_at) parts.push(`since ${clock(pod.started_at)}`);
  return parts.join(' · ');
}

function rows(app) {
  return h('div', { class: 'kl-rows' }, ...app.pods.slice(0, CELLS).map((pod) => row(pod, app)));
}

function row(pod, app) {
  const [shape, colour, word] = replicaState(pod, app.status);
  const up = pod.phase === 'Running' && pod.started_at ? `up ${seconds(serverNow() - pod.started_at)}` : '';
  const next = pod.retry_at && pod.retry_at > serverNow() ? `next try in ${seconds(pod.retry_at - serverNow())}` : '';
  const notes = [word, ['ready', word].includes(pod.detail) ? '' : pod.detail, next, up, pod.restarts ? count(pod.restarts, 'restart') : ''].filter(Boolean);
  return h('div', { class: 'kl-row', 'data-key': pod.name },
    mark(shape, colour), h('span', { class: 'kl-pod', title: pod.name }, pod.name), h('span', { class: 'kl-dim kl-grow' }, notes.join(' · ')),
    ...(pod.ready ? pod.urls.slice(0, 1).map(link) : []),
    pod.ready && pod.urls.length > 1 ? h('span', { class: 'kl-dim', title: pod.urls.join('\n') }, `+${pod.urls.length - 1}`) : null);
}

// Wanted and seen differ while something changes: both are said until they agree.
function facts(app, urls) {
  const { desired, ready, total } = app.replicas;
  const parts = [];
  if (app.status === 'Unknown') parts.push(`not seen for ${seconds(serverNow() - app.seen_at)}`);
  else if (!app.job && (desired !== ready || total !== desired)) parts.push(`asked ${desired}, running ${ready}${total && total !== desired ? `, ${total} there` : ''}`);
  if (app.restarts) parts.push(count(app.restarts, 'restart'));
  if (app.cpu_millicores !== null) parts.push(`CPU ${cpu(app.cpu_millicores)}`);
  if (app.memory_bytes !== null) parts.push(memory(app.memory_bytes));
    parts.push(`r${app.revision}`, app.runtime);
  return h('p', { class: 'kl-facts' },
    h('code', { title: app.image }, app.image),
    app.cost_per_hour === null ? null : h('b', { class: 'kl-cost', 'data-testid': `app-${app.name}-cost` }, ` · ${dollars(app.cost_per_hour)}/h`),
    ` · ${parts.join(' · ')}`,
    ...urls.slice(0, 2).map((url) => h('span', {}, ' · ', link(url))),
    urls.length > 2 ? ` +${urls.length - 2}` : null);
}

// -- clicks

function act(event, redraw) {
  const button = event.target.closest('[data-act]');
  if (!button) return;
  const { act: what, id } = button.dataset;
  if (what === 'toggle') opened.set(id, button.getAttribute('aria-expanded') !== 'true');
  if (what === 'fine') showFine = true;
  if (what === 'review' && !goToCard(id, button)) reviewing.has(id) ? reviewing.delete(id) : reviewing.add(id);
  redraw();
}

// The card in the chat, if it is on this page; else it opens inside the board.
function goToCard(id, from) {
  if (reviewing.has(id)) return false;
  const found = [...document.querySelectorAll(`[data-testid="approval-${CSS.escape(id)}"]`)].find((node) => !node.closest('.kl-board') && node.offsetParent);
  if (!found) return false;
  found.scrollIntoView({ behavior: 'smooth', block: 'center' });
  found.classList.add('kl-flash');
  setTimeout(() => found.classList.remove('kl-flash'), 1500);
  from.dispatchEvent(new CustomEvent('kl-leave', { bubbles: true }));
  return true;
}
