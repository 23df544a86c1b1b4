// The script of `/registration` and `/confirm`. It reads the link's values from behind `#`, where no server sees them, and sends
// them in the body of a form. It also keeps a registration current: the place on the waiting list, and the link to join.

import './form.js';
import { announce, find, onContent, readPage, replace, show, showLocalTimes, Unavailable } from './page.js';

/** How often a registration is read again at most, in milliseconds. */
const INTERVAL = 15_000;
/** How often the place on the waiting list is read where the server has no stream left for this browser. */
const SLOW_INTERVAL = 60_000;
/** The longest time that a browser's timers can wait. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The values of the link. */
let link = new URLSearchParams(location.hash.slice(1));
/** What is being waited for: a page replaces that of the former one. */
let waiting = new AbortController();
/** When the registration was last read. */
let readAt = performance.now();

/**
 * Requests a page of this server.
 * @param {string} path
 * @param {URLSearchParams} [body] of a POST
 */
async function request(path, body) {
  const options = body ? { method: 'POST', body } : {};
  const response = await fetch(path, { ...options, headers: { accept: 'text/html' }, signal: AbortSignal.timeout(30_000) });
  return readPage(response);
}

/** The language that the address asks for, else that of the mail. */
function language() {
  return new URLSearchParams(location.search).get('lang') ?? link.get('lang') ?? '';
}

/**
 * Requests what the link leads to, and shows it unless another link has been opened in the meantime.
 * @param {string} path
 * @param {URLSearchParams} [body] of a POST
 */
async function follow(path, body) {
  const followed = link;
  const html = await request(path, body);
  if (followed === link) show(html);
}

/** Shows the registration of the link. */
async function open() {
  const body = new URLSearchParams();
  for (const name of ['registration', 'token', 'event']) body.set(name, link.get(name) ?? '');
  body.set('lang', language());
  await follow('/registration', body);
}

/** Shows the button that confirms, for the event of the link and in its language. Only pressing it confirms. */
async function ask() {
  const query = new URLSearchParams({ lang: language(), event: link.get('event') ?? '' });
  for (const name of ['lang', 'event']) if (!query.get(name)) query.delete(name);
  await follow(`/confirm?${query}`);
  const [form, token] = [find('#confirm-form'), find('#confirm-form [name=confirmation_token]')];
  if (!form || !(token instanceof HTMLInputElement)) return;
  token.value = link.get('confirmation_token') ?? '';
  form.hidden = false;
  find('#link-form')?.remove();
}

/** Reads the registration again, and shows it if it has changed. */
async function refresh() {
  const [shown, form] = [find('#registration'), find('#refresh')];
  if (!shown || !(form instanceof HTMLFormElement) || document.hidden) return;
  readAt = performance.now();
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  const page = new DOMParser().parseFromString(await request('/registration', body), 'text/html');
  const next = find('#registration', page);
  // Something else may be shown by now, and an error is no reason to take the page away.
  if (!next?.dataset.version || next.dataset.version === shown.dataset.version || !shown.isConnected) return;
  const opened = find('#join', page) && find('#join-from')?.dataset.opened;
  const focused = document.activeElement?.closest('main');
  const action = document.activeElement?.closest('form')?.getAttribute('action');
  const main = replace(page);
  if (focused) (find(`form[action="${action}"] button`, main) ?? find('h1', main) ?? main).focus();
  announce(opened || (find('#waitlist-position', main) ?? find('h1', main))?.textContent || '');
}

/** Reads the registration again as soon as that is allowed, but not twice. */
function refreshSoon() {
  const { signal } = waiting;
  if (signal.aborted || refreshSoon.isPlanned) return;
  refreshSoon.isPlanned = true;
  const delay = Math.max(0, readAt + INTERVAL - performance.now());
  setTimeout(() => {
    refreshSoon.isPlanned = false;
    if (!signal.aborted) refresh().catch(() => undefined);
  }, delay);
}
refreshSoon.isPlanned = false;

/**
 * Waits until the link to join appears, by the server's time. Browsers whose clocks are fast ask again.
 * @param {number} at
 * @param {AbortSignal} signal
 */
function waitToJoin(at, signal) {
  if (signal.aborted) return;
  const delay = at - Date.now();
  if (delay > 0) {
    // Not all at the same moment.
    setTimeout(() => waitToJoin(at, signal), Math.min(delay + Math.random() * 3_000, LONGEST_TIMER));
  } else {
    refresh().catch(() => undefined);
    setTimeout(() => waitToJoin(at, signal), INTERVAL);
  }
}

/** Follows what changes by itself on the page that is shown. */
function watch() {
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const { joinFrom, stream } = find('#registration')?.dataset ?? {};
  if (joinFrom) waitToJoin(Date.parse(joinFrom), signal);
  if (!stream) return;
  const events = new EventSource(stream);
  signal.addEventListener('abort', () => events.close());
  // The first message says what the page shows already.
  let isFirst = true;
  events.addEventListener('availability', () => {
    if (!isFirst) refreshSoon();
    isFirst = false;
  });
  events.addEventListener('error', () => {
    if (events.readyState !== EventSource.CLOSED || signal.aborted) return;
    const timer = setInterval(() => void refresh().catch(() => undefined), SLOW_INTERVAL);
    signal.addEventListener('abort', () => clearInterval(timer));
  });
}

onContent((main) => {
  // The language is switched with the same link.
  for (const other of document.querySelectorAll('#languages a')) {
    if (other instanceof HTMLAnchorElement) other.hash = location.hash;
  }
  showLocalTimes(main);
  const notices = Array.from(main.querySelectorAll('#registration > p.notice'), (notice) => notice.textContent);
  if (notices.length > 0) announce(notices.join(' '));
  watch();
});

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && find('#refresh')) refreshSoon();
});

/** Shows what the link leads to. A page that a form has led to has no link in its address, and stays. */
async function start() {
  if (location.pathname === '/registration' && link.has('token')) await open();
  if (location.pathname === '/confirm' && link.has('confirmation_token')) await ask();
}

/**
 * Says that the page of the link could not be loaded.
 * @param {unknown} error
 */
function showFailure(error) {
  const text = error instanceof Unavailable ? error.message : (find('main [data-failure]')?.dataset.failure ?? '');
  const failure = find('#link-form [data-failure-text]');
  if (failure) {
    failure.textContent = text;
    failure.hidden = false;
    return;
  }
  // What is shown may be the registration of somebody else, whose link was opened before.
  const message = document.createElement('p');
  message.className = 'error';
  message.textContent = text;
  message.setAttribute('role', 'alert');
  find('main')?.replaceChildren(message);
}

// Another link was opened in the same window. Links within the page have no token.
addEventListener('hashchange', () => {
  if (!/[#&](confirmation_)?token=/.test(location.hash)) return;
  link = new URLSearchParams(location.hash.slice(1));
  start().catch(showFailure);
});

start().catch(showFailure);
