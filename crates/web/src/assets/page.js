// What the scripts of all pages share: showing the content of another page, and announcing what happened.

/** @type {((main: HTMLElement) => void)[]} */
const listeners = [];

/**
 * The element of a selector, if it is there.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement | null}
 */
export const find = (selector, root = document) => root.querySelector(selector);

/**
 * Calls a function with the content now, and with each content that replaces it.
 * @param {(main: HTMLElement) => void} listener
 */
export function onContent(listener) {
  listeners.push(listener);
  const main = find('main');
  if (main) listener(main);
}

/**
 * Shows the content of a page that the server sent, and moves the focus to its error summary or else to its heading.
 * @param {string} html
 */
export function show(html) {
  const next = new DOMParser().parseFromString(html, 'text/html');
  const main = find('main', next);
  if (!main) throw new Error('The response is no page.');
  find('main')?.replaceWith(main);
  document.title = next.title;
  for (const listener of listeners) listener(main);
  const target = find('#error-summary', main) ?? find('h1', main) ?? main;
  target.tabIndex = -1;
  target.focus();
  target.scrollIntoView({ block: 'start' });
}

/**
 * Announces a text to screen readers.
 * @param {string} text
 */
export function announce(text) {
  const live = find('#live');
  if (!live) return;
  live.textContent = '';
  // The same text again is announced only if the element was empty in between.
  setTimeout(() => { live.textContent = text; }, 50);
}

/**
 * Fills the placeholders of a text, `{name}`.
 * @param {string | undefined} text
 * @param {Record<string, string>} values
 */
export const fill = (text, values) => (text ?? '').replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
