// Improves an event's page: times in the reader's zone, live seats, and sharing.
import { announce, fill, find, onContent, showLocalTimes } from './page.js';

/**
 * Shows the buttons that share the page.
 * @param {HTMLElement} main
 */
function offerSharing(main) {
  const address = () => find('link[rel=canonical]', document)?.getAttribute('href') ?? location.href;
  const share = find('#share', main);
  const copy = find('#copy-link', main);
  if (share && 'share' in navigator) {
    share.hidden = false;
    share.onclick = () => void navigator.share({ title: document.title, url: address() }).catch(() => {});
  }
  if (copy && navigator.clipboard) {
    copy.hidden = false;
    copy.onclick = async () => {
      await navigator.clipboard.writeText(address());
      announce(copy.dataset.done ?? '');
      const label = copy.textContent;
      copy.textContent = copy.dataset.done ?? label;
      setTimeout(() => { copy.textContent = label; }, 4000);
    };
  }
}

/** @type {EventSource | undefined} */
let stream;

/**
 * Follows the live seats. A change of the state is rare, and brings the words for it from the server.
 * @param {HTMLElement} main
 */
function followSeats(main) {
  stream?.close();
  const path = find('#state', main)?.dataset.stream;
  if (!path) return;
  const opened = new EventSource(path);
  stream = opened;
  let status = find('#state', main)?.dataset.status;
  opened.addEventListener('availability', (message) => {
    const seats = JSON.parse(message.data);
    showCount(find('#seats', main), seats.seats_left);
    showCount(find('#waiting', main), seats.waitlisted);
    if (seats.status === status) return;
    status = seats.status;
    // All who have the page open ask for the new words, so they do not ask at once.
    setTimeout(() => void renewState(main), 500 + Math.random() * 3000);
  });
  opened.onerror = () => { if (status === 'ended') opened.close(); };
}

/**
 * Writes a number into the words beside it.
 * @param {HTMLElement | null} element
 * @param {number | null} count
 */
function showCount(element, count) {
  if (!element || count === null) return;
  const language = document.documentElement.lang;
  const category = new Intl.PluralRules(language).select(count);
  const words = category === 'one' ? element.dataset.one : element.dataset.other;
  const text = fill(words, { count: new Intl.NumberFormat(language).format(count) });
  if (element.textContent?.trim() !== text) element.textContent = text;
}

/**
 * Replaces what the page says about the state of the event, and leaves a form that somebody fills in as it is.
 * @param {HTMLElement} main
 */
async function renewState(main) {
  const response = await fetch(location.href).catch(() => undefined);
  if (!response?.ok || !main.isConnected) return;
  const next = new DOMParser().parseFromString(await response.text(), 'text/html');
  const [current, state] = [find('#state', main), find('#state', next)];
  if (!current || !state || current.dataset.state === state.dataset.state) return;
  current.replaceWith(state);
  const form = find('#register', next);
  if (form && !find('#register', main)) find('#register-here', main)?.replaceWith(form);
  announce(fill(state.dataset.changed, { state: find('h2', state)?.textContent ?? '' }));
}

onContent((main) => {
  showLocalTimes(main);
  offerSharing(main);
  followSeats(main);
});
addEventListener('pagehide', () => stream?.close());
addEventListener('pageshow', (event) => {
  const main = find('main');
  if (event.persisted && main) followSeats(main);
});
