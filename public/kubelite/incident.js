// An open incident on an app's card, and the two buttons by which a person says whether what healing did was right.

import { h } from './dom.js';
import { mark } from './beside.js';

const HOW = {
  open: ['hollow', 'busy'], asking: ['unknown', 'warn'], watching: ['half', 'busy'], waiting: ['hollow', 'grey'], person: ['triangle', 'bad'],
};

// One line: the cause and how sure, where it stands, and the way to what is asked. Nothing where there is no incident.
export function incidentLine(app) {
  const one = app.incident;
  if (!one) return [];
  const [shape, colour] = HOW[one.state] || HOW.open;
  const cause = one.cause ? `${one.cause.replaceAll('_', ' ')} ${Math.round(one.confidence * 100)} %` : 'looking for the cause';
  const stands = one.well_at ? 'well again, watched whether it stays so' : one.says;
  return [
    h('div', { class: 'kl-incident', 'data-testid': `app-${app.name}-incident`, title: `incident ${one.id}: ${one.says}` },
      mark(shape, colour),
      h('span', { class: 'kl-grow' }, h('b', {}, cause), stands ? ` · ${stands}` : ''),
      one.approval ? h('button', { class: 'kl-button', 'data-act': 'review', 'data-id': one.approval, 'data-testid': `app-${app.name}-review` }, 'Review') : null),
  ];
}

// -- was this right?

const said = new Map(); // incident id -> what is known of a person's word, so that a remount draws at once

export function mountVerdict(place, id) {
  const view = { id, root: h('div', { class: 'kl kl-verdict', 'data-testid': `verdict-${id}` }), sending: false, error: '' };
  place.append(view.root);
  view.root.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-right]');
    if (button && !button.disabled) judge(view, button.dataset.right === 'true');
  });
  draw(view);
  if (!said.has(id)) look(view);
  return () => view.root.remove();
}

async function call(tool, args) {
  const answer = await fetch(`/api/tools/${tool}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ arguments: args }), signal: AbortSignal.timeout(10000),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error || `status ${answer.status}`);
  return body;
}

// What somebody said before, here or on another page.
async function look(view) {
  try {
    const word = (await call('incidents', { incident: view.id })).data.incident?.judged_right;
    if (typeof word === 'boolean') said.set(view.id, word);
  } catch {
    return; // the buttons are there anyway
  }
  draw(view);
}

async function judge(view, right) {
  Object.assign(view, { sending: true, error: '' });
  draw(view);
  try {
    const result = await call('judge_incident', { incident: view.id, right });
    if (result.ok) said.set(view.id, right);
    else view.error = result.summary;
  } catch (error) {
    view.error = error.message || 'The server does not answer; try again.';
  }
  view.sending = false;
  draw(view);
}

function draw(view) {
  const word = said.get(view.id);
  const button = (right, text) =>
    h('button', { class: 'kl-button', 'data-right': String(right), disabled: view.sending, 'aria-pressed': String(word === right), 'data-testid': `${right ? 'right' : 'wrong'}-${view.id}` }, text);
  view.root.replaceChildren(
    ...(word === undefined
      ? [button(true, 'This was right'), button(false, 'This was wrong')]
      : [h('span', { class: 'kl-dim' }, word ? '✓ You said it was right. It counts for the next time.' : '– You said it was wrong. It counts for the next time.')]),
    ...(view.error ? [h('span', { class: 'kl-error', role: 'alert' }, view.error)] : []));
}
