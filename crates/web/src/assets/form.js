// Sends the page's forms (`form[data-send]`) without loading another page: the server renders the same page as without this
// script, and its content replaces that of the window.

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
