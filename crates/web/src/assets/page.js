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
 * Replaces the content and the language switcher by those of a page that the server sent.
 * @param {Document} next
 * @returns {HTMLElement} the content
 */
export function replace(next) {
  const main = find('main', next);
  if (!main) throw new Error('The response is no page.');
  find('main')?.replaceWith(main);
  const languages = find('#languages', next);
  if (languages) find('#languages')?.replaceWith(languages);
  document.title = next.title;
  document.documentElement.lang = next.documentElement.lang;
  for (const listener of listeners) listener(main);
  return main;
}

/**
 * Shows the content of a page that the server sent, and moves the focus to its errors or else to its heading.
 * @param {string} html
 */
export function show(html) {
  const main = replace(new DOMParser().parseFromString(html, 'text/html'));
  const target = find('#error-summary, [autofocus]', main) ?? find('h1', main) ?? main;
  // The attribute is for pages that are loaded; here the focus is moved below.
  target.removeAttribute('autofocus');
  if (target.tabIndex < 0) target.tabIndex = -1;
  target.focus();
  // The label of a field stands above it.
  target.scrollIntoView({ block: target.matches('[aria-invalid]') ? 'center' : 'start' });
}

/** The server could not make the page that was asked for. The message is for people. */
export class Unavailable extends Error {}

/**
 * The page in a response, also one that says what is wrong with a form. An error in its place is thrown where the same
 * request may succeed later, so that what is shown stays.
 * @param {Response} response
 */
export async function readPage(response) {
  const html = await response.text();
  if (response.status === 429 || response.status >= 500) {
    const error = find('[data-error]', new DOMParser().parseFromString(html, 'text/html'));
    if (error) throw new Unavailable(error.textContent ?? '');
  }
  return html;
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
