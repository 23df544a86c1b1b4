// Sends the page's forms (`form[data-send]`) without loading another page: the server renders the same page as without this
// script, and its content replaces that of the window. What was entered to register stays when the language is switched.

import { announce, find, readPage, show, Unavailable } from './page.js';

/** How long a response may take, in milliseconds. */
const TIMEOUT = 30_000;

/**
 * Marks a form as being sent, or as ready again.
 * @param {HTMLFormElement} form
 * @param {boolean} busy
 */
function setBusy(form, busy) {
  form.ariaBusy = String(busy);
  for (const button of form.querySelectorAll('button')) {
    button.ariaDisabled = String(busy);
    if (busy) {
      button.dataset.label = button.textContent ?? '';
      button.textContent = form.dataset.busy ?? button.dataset.label;
    } else if (button.dataset.label) {
      button.textContent = button.dataset.label;
    }
  }
  announce(busy ? (form.dataset.busy ?? '') : '');
}

/** A random key, also where the page was not loaded over https. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Sends a form once, and shows the response. While it is not known whether an attempt has arrived, the form has its key
 * in `idempotency_key`, so that the next attempt has no second effect; the server leaves the key out of a form whose
 * attempt has failed.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
async function send(form, submitter) {
  const key = form.elements.namedItem('idempotency_key');
  if (key instanceof HTMLInputElement && !key.value) key.value = randomKey();
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) body.append(name, String(value));
  const failure = find('[data-failure-text]', form);
  if (failure) failure.hidden = true;
  setBusy(form, true);
  try {
    const headers = { accept: 'text/html' };
    const signal = AbortSignal.timeout(TIMEOUT);
    const response = await fetch(form.action, { method: 'POST', body, headers, signal });
    show(await readPage(response));
  } catch (error) {
    setBusy(form, false);
    if (failure) {
      failure.textContent = error instanceof Unavailable ? error.message : (form.dataset.failure ?? '');
      failure.hidden = false;
    }
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches('form[data-send]')) return;
  event.preventDefault();
  if (form.ariaBusy !== 'true') void send(form, event.submitter);
});

/**
 * Enters into a form what another has in the fields with the same names. The language of messages follows that of the page
 * until the reader chooses one.
 * @param {HTMLFormElement} from
 * @param {HTMLFormElement} to
 */
function copyValues(from, to) {
  const values = new FormData(from);
  const language = from.elements.namedItem('language');
  if (language instanceof HTMLSelectElement && language.selectedOptions[0]?.defaultSelected) values.delete('language');
  for (const field of to.elements) {
    if (field instanceof HTMLInputElement && ['checkbox', 'radio'].includes(field.type)) {
      field.checked = values.getAll(field.name).includes(field.value);
    } else if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement) {
      const value = values.get(field.name);
      if (value !== null) field.value = String(value);
    }
  }
}

/**
 * Shows the page in another language, with what was entered.
 * @param {string} address
 * @param {HTMLFormElement} form
 */
async function switchLanguage(address, form) {
  try {
    const response = await fetch(address, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(TIMEOUT) });
    if (!response.ok) throw new Error('The page is not to be had.');
    const html = await response.text();
    if (!form.isConnected || form.ariaBusy === 'true') return;
    history.replaceState(null, '', address);
    show(html);
    const next = find('#registration-form');
    if (next instanceof HTMLFormElement) copyValues(form, next);
  } catch {
    location.assign(address);
  }
}

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('#languages a') : null;
  const form = find('#registration-form');
  if (!(link instanceof HTMLAnchorElement) || !(form instanceof HTMLFormElement)) return;
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (form.ariaBusy !== 'true') void switchLanguage(link.href, form);
});
