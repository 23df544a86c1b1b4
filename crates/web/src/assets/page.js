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

/** What belongs to the page's language, besides its content. */
const AROUND = ['link[rel=canonical]', '.skip', '.home', '#languages'];

/**
 * Replaces the content, and the words around it, by those of a page that the server sent.
 * @param {Document} next
 * @returns {HTMLElement} the content
 */
export function replace(next) {
  const main = find('main', next);
  if (!main) throw new Error('The response is no page.');
  find('main')?.replaceWith(main);
  for (const selector of AROUND) {
    const part = find(selector, next);
    const shown = find(selector);
    // What is the same keeps the focus.
    if (part && !shown?.isEqualNode(part)) shown?.replaceWith(part);
  }
  document.title = next.title;
  document.documentElement.lang = next.documentElement.lang;
  // What was announced about the former content no longer holds.
  announce('');
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

/**
 * The wall clock of a zone, in a form that can be compared.
 * @param {Date} at
 * @param {string} timeZone
 */
const wallClock = (at, timeZone) => at.toLocaleString('sv', { timeZone });

/**
 * A text for screen readers alone.
 * @param {string} text
 */
function hidden(text) {
  const element = document.createElement('span');
  element.className = 'visually-hidden';
  element.textContent = text;
  return element;
}

/**
 * Adds the times of the reader's zone to those of the event's, `time[data-local]`. `data-zone` is the event's zone, and
 * `data-time` says whose time it is.
 * @param {HTMLElement} main
 */
export function showLocalTimes(main) {
  const { zone: eventZone, time: words = '{time}' } = find('[data-zone]', main)?.dataset ?? {};
  if (!eventZone) return;
  const { lang } = document.documentElement;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  // As the server writes them: British dates, 24 hours, and in Catalan hours without a zero.
  const locale = lang === 'en' ? 'en-GB' : lang;
  const hour = lang === 'ca' ? 'numeric' : '2-digit';
  const time = new Intl.DateTimeFormat(locale, { hour, minute: '2-digit', hourCycle: 'h23', timeZone });
  const day = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone });
  let differs = false;
  for (const element of main.querySelectorAll('time[data-local]')) {
    const at = new Date(element.getAttribute('datetime') ?? '');
    const there = wallClock(at, eventZone);
    const here = wallClock(at, timeZone);
    if (there === here) continue;
    differs = true;
    const isOtherDay = there.slice(0, 10) !== here.slice(0, 10);
    const text = isOtherDay ? `${day.format(at)}, ${time.format(at)}` : time.format(at);
    const local = document.createElement('span');
    local.className = 'local-time';
    if (element.getAttribute('data-local') === 'whole') {
      local.textContent = fill(words, { time: text });
    } else {
      const [before = '', after = ''] = words.split('{time}');
      local.append(hidden(before), text, hidden(after));
    }
    element.parentElement?.append(' ', local);
  }
  const note = find('#your-times', main);
  if (differs && note) {
    note.textContent = fill(note.dataset.text, { zone: timeZone.replaceAll('_', ' ') });
    note.hidden = false;
  }
}
