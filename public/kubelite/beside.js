// What is beside the apps: Services, cron jobs, autoscalers; and what an app's conditions say beyond its reason.

import { h, link } from './dom.js';

export const mark = (shape, colour) => h('i', { class: `kl-cell kl-mark kl-${shape} kl-text-${colour}`, 'aria-hidden': 'true' });

const TOLD = ['Progressing', 'ScalingActive', 'AbleToScale'];

// A line for each condition that is not met and says more than the reason does.
export function troubles(app) {
  const lines = (app.conditions || [])
    .filter((one) => !one.status && TOLD.includes(one.type) && one.message && !app.reason.includes(one.message))
    .map((one) => `${one.reason}: ${one.message}`);
  if (app.paused && !lines.length) lines.push('The rollout is paused: no replica is replaced.');
  return lines.map((line) => h('p', { class: 'kl-reason kl-dim', title: line }, line));
}

// The Services in front of an app and its own autoscaler, under its facts.
export function withIt(app) {
  const lines = (app.services || []).map((one) =>
    h('p', { class: 'kl-facts', 'data-testid': `app-${app.name}-service-${one.name}` },
      `Service ${one.address}`, ...one.urls.slice(0, 2).map((url) => h('span', {}, ' · ', link(url)))));
  if (app.autoscaling && app.autoscaling !== 'off') lines.push(h('p', { class: 'kl-facts' }, `autoscaling ${app.autoscaling}`));
  if (app.job && app.job.owner) lines.push(h('p', { class: 'kl-facts' }, `run of the cron job ${app.job.owner}`));
  return lines;
}

// Rows under the apps: nothing where there is nothing.
export function beside(data) {
  const groups = [
    ['Services', data.services || [], (one) => one.ports.join(', ')],
    ['Cron jobs', data.cronjobs || [], (one) => one.image],
    ['Autoscalers', data.autoscalers || [], (one) => one.target],
  ].filter(([, rows]) => rows.length);
  if (!groups.length) return [];
  return [h('div', { class: 'kl-beside', 'data-key': 'beside', 'data-testid': 'board-beside' }, ...groups.map(group))];
}

function group([title, rows, what]) {
  return h('div', { class: 'kl-group', 'data-key': title }, h('h3', {}, title), ...rows.map((one) => row(one, what)));
}

function row(one, what) {
  const [shape, colour] = one.deleting ? ['half', 'busy'] : one.well ? ['square', 'good'] : ['triangle', 'warn'];
  const name = one.namespace === 'default' ? one.name : `${one.namespace}/${one.name}`;
  return h('div', { class: 'kl-row', 'data-key': `${one.kind} ${one.namespace}/${one.name}`, 'data-testid': `${one.kind}-${one.name}` },
    mark(shape, colour), h('span', { class: 'kl-pod', title: name }, name),
    h('span', { class: 'kl-dim kl-grow', title: one.state }, [what(one), one.state].filter(Boolean).join(' · ')),
    ...one.urls.slice(0, 1).map(link));
}
