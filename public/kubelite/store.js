// One poll for all boards of this page. It lives outside of Chainlit's elements, which are remounted at every message.

const EVERY = 1000;
const TIMEOUT = 5000;
const SLOWER = [1000, 2000];

const state = {
  data: null, // the last good answer of /api/state
  receivedAt: 0, // performance.now() of that answer
  error: null, // null | 'lost' (no answer) | 'login' (signed out)
  misses: 0,
};
const listeners = new Set();
let timer = null;
let asking = false;

export const current = () => state;

// Calls back at once and at every change; returns the way to stop.
export function subscribe(listener) {
  listeners.add(listener);
  listener(state);
  if (!asking && timer === null) ask();
  return () => listeners.delete(listener);
}

export function refresh() {
  if (asking) return;
  clearTimeout(timer);
  ask();
}

// Seconds since the last good answer.
export const age = () => (state.data ? (performance.now() - state.receivedAt) / 1000 : Infinity);

// The server's clock, carried on by ours.
export const serverNow = () => (state.data ? state.data.now + age() : Date.now() / 1000);

async function ask() {
  timer = null;
  if (!listeners.size) return;
  if (document.hidden) return; // 'visibilitychange' goes on
  asking = true;
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), TIMEOUT);
  try {
    const answer = await fetch('/api/state', { signal: stop.signal, headers: { Accept: 'application/json' } });
    if (answer.status === 401) throw new Error('login');
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    state.data = await answer.json();
    state.receivedAt = performance.now();
    state.error = null;
    state.misses = 0;
  } catch (error) {
    state.error = error.message === 'login' ? 'login' : 'lost';
    state.misses += 1;
  }
  clearTimeout(limit);
  asking = false;
  tell();
  const delay = state.error === 'login' ? 3000 : state.error ? SLOWER[Math.min(state.misses, SLOWER.length) - 1] : EVERY;
  timer = setTimeout(ask, delay);
}

function tell() {
  for (const listener of listeners) listener(state);
}

document.addEventListener('visibilitychange', () => !document.hidden && refresh());
// The age of the data must be seen to grow while no answer comes.
setInterval(() => !document.hidden && age() > 3 && tell(), 1000);
