// Small DOM helpers. Text only ever becomes text nodes, so nothing a container prints can become markup.

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// A link, if the address is one that a browser should open; else plain text.
export function link(url) {
  const text = String(url);
  if (!/^https?:\/\//.test(text)) return h('span', {}, text);
  return h('a', { href: openable(text), target: '_blank', rel: 'noopener noreferrer', class: 'kl-link' }, text.replace(/^https?:\/\//, ''));
}

// Cookies know no ports: an app on another port of this very host would be sent our login cookie. The other name of
// the loopback interface is another host to the browser, so the app is opened there.
export function openable(text) {
  const url = new URL(text);
  const other = { '127.0.0.1': 'localhost', localhost: '127.0.0.1' }[url.hostname];
  if (other && url.hostname === window.location.hostname) url.hostname = other;
  return url.href;
}

// Makes `live` look like `wanted` and keeps what is equal, so that focus, hover and selection survive a redraw.
export function morph(live, wanted) {
  if (live.nodeType !== wanted.nodeType || live.nodeName !== wanted.nodeName) {
    live.replaceWith(wanted);
    return wanted;
  }
  if (live.nodeType === Node.TEXT_NODE) {
    if (live.data !== wanted.data) live.data = wanted.data;
    return live;
  }
  if (live.hasAttribute('data-own') || wanted.hasAttribute('data-same')) return live; // drawn by others; or unchanged
  for (const { name } of [...live.attributes]) if (!wanted.hasAttribute(name)) live.removeAttribute(name);
  for (const { name, value } of [...wanted.attributes]) {
    if (live.getAttribute(name) !== value) live.setAttribute(name, value);
  }
  morphChildren(live, [...wanted.childNodes]);
  return live;
}

function morphChildren(live, wanted) {
  const keyed = new Map();
  for (const child of live.childNodes) if (child.dataset?.key) keyed.set(child.dataset.key, child);
  wanted.forEach((want, index) => {
    const here = live.childNodes[index];
    const same = want.dataset?.key ? keyed.get(want.dataset.key) : here?.dataset?.key ? undefined : here;
    if (!same) {
      live.insertBefore(want, here || null);
      return;
    }
    if (same !== here) live.insertBefore(same, here || null);
    morph(same, want);
  });
  while (live.childNodes.length > wanted.length) live.lastChild.remove();
}

export function seconds(value) {
  const whole = Math.max(0, Math.round(value));
  if (whole < 90) return `${whole} s`;
  if (whole < 5400) return `${Math.round(whole / 60)} min`;
  if (whole < 172800) return `${Math.round(whole / 3600)} h`;
  return `${Math.round(whole / 86400)} d`;
}

export function clock(epochSeconds) {
  return new Date(epochSeconds * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
}
