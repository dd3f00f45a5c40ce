// Opening a stored chat, Chainlit connects twice, 5 to 20 ms apart: for the empty chat it starts with, then for the
// stored one. Each time it posts its session id first, and the connection whose answer comes last closes the other one.
// When the answers overtook each other, the page stayed empty, and what was typed went into another chat. The post only
// sets a cookie for load balancers, which one process does not need; so it is answered here, at once, in the order asked.

const PATH = '/set-session-cookie';
const DONE = Object.freeze({ ok: true, status: 200, json: async () => ({ message: 'Nothing to balance' }) }); // a real body is read in its own time

export function keepSessionsInOrder() {
  const send = window.fetch.bind(window);
  window.fetch = async (resource, options) => (typeof resource === 'string' && resource.endsWith(PATH) ? DONE : send(resource, options));
}
