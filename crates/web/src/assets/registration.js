// The script of `/registration` and `/confirm`. It reads the link's values from behind `#`, where no server sees them, and sends
// them in the body of a form. It also keeps a registration current: the place on the waiting list, and the link to join.

import { announce, replace, show } from "./form.js";

/** How often a registration is read again at most, in milliseconds. */
const INTERVAL = 15_000;
/** How often the place on the waiting list is read where the server has no stream left for this browser. */
const SLOW_INTERVAL = 60_000;
/** The longest time that a browser's timers can wait. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The values of the link. */
const link = new URLSearchParams(location.hash.slice(1));
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
  const options = body ? { method: "POST", body } : {};
  const response = await fetch(path, { ...options, headers: { accept: "text/html" }, signal: AbortSignal.timeout(30_000) });
  return response.text();
}

/** The language that the address asks for, else that of the mail. */
function language() {
  return new URLSearchParams(location.search).get("lang") ?? link.get("lang") ?? "";
}

/** Shows the registration of the link. */
async function open() {
  const body = new URLSearchParams();
  for (const name of ["registration", "token", "event"]) body.set(name, link.get(name) ?? "");
  body.set("lang", language());
  show(await request("/registration", body));
}

/** Shows the button that confirms, for the event of the link and in its language. Only pressing it confirms. */
async function ask() {
  const query = new URLSearchParams({ lang: language(), event: link.get("event") ?? "" });
  for (const name of ["lang", "event"]) if (!query.get(name)) query.delete(name);
  show(await request(`/confirm?${query}`));
  const [button, paste] = [document.getElementById("confirm-form"), document.getElementById("link-form")];
  const token = document.querySelector("#confirm-form [name=confirmation_token]");
  if (button && token instanceof HTMLInputElement) {
    token.value = link.get("confirmation_token") ?? "";
    button.hidden = false;
    paste?.remove();
  }
}

/** Reads the registration again, and shows it if it has changed. */
async function refresh() {
  const [shown, form] = [document.getElementById("registration"), document.getElementById("refresh")];
  if (!shown || !(form instanceof HTMLFormElement) || document.hidden) return;
  readAt = performance.now();
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  const page = new DOMParser().parseFromString(await request("/registration", body), "text/html");
  const next = page.getElementById("registration");
  // Something else may be shown by now, and an error is no reason to take the page away.
  if (!next?.dataset.version || next.dataset.version === shown.dataset.version || !shown.isConnected) return;
  const focused = document.activeElement?.closest("#content form")?.getAttribute("action");
  const wasFocused = document.getElementById("content")?.contains(document.activeElement) ?? false;
  const content = replace(page);
  const again = focused ? content.querySelector(`form[action="${CSS.escape(focused)}"] button`) : content.querySelector("h1");
  if (wasFocused && again instanceof HTMLElement) again.focus();
  const title = content.querySelector("h1")?.textContent ?? "";
  const news = content.querySelector("#join") ? shown.querySelector("#join-from") : content.querySelector("#waitlist-position");
  const text = news instanceof HTMLElement ? (news.dataset.opened ?? news.textContent) : title;
  announce(text ?? title);
  watch();
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
  const shown = document.getElementById("registration");
  const { joinFrom, stream } = shown?.dataset ?? {};
  if (joinFrom) waitToJoin(Date.parse(joinFrom), signal);
  if (!stream) return;
  const events = new EventSource(stream);
  signal.addEventListener("abort", () => events.close());
  let isFirst = true;
  events.addEventListener("availability", () => {
    if (!isFirst) refreshSoon();
    isFirst = false;
  });
  events.addEventListener("error", () => {
    if (events.readyState !== EventSource.CLOSED || signal.aborted) return;
    const timer = setInterval(() => void refresh().catch(() => undefined), SLOW_INTERVAL);
    signal.addEventListener("abort", () => clearInterval(timer));
  });
}

/** Says what has just happened, and follows the page that is shown now. */
function follow() {
  const notices = Array.from(document.querySelectorAll("#registration > p.notice"), (notice) => notice.textContent);
  announce(notices.join(" "));
  watch();
}

document.addEventListener("plenaria:content", follow);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && document.getElementById("refresh")) refreshSoon();
});
// Another link was opened in the same window.
addEventListener("hashchange", () => {
  if (/[#&](token|confirmation_token)=/.test(location.hash)) location.reload();
});

// A page that a form has led to shows its registration already.
const start = document.getElementById("link-form") && { "/registration": link.has("token") && open, "/confirm": link.has("confirmation_token") && ask }[location.pathname];
if (start) {
  // The language is switched with the same link.
  for (const other of document.querySelectorAll("#languages a")) {
    if (other instanceof HTMLAnchorElement) other.hash = location.hash;
  }
  start().catch(() => {
    const failure = document.querySelector("#link-form [data-failure-text]");
    if (!(failure instanceof HTMLElement)) return;
    failure.textContent = document.getElementById("link-form")?.dataset.failure ?? "";
    failure.hidden = false;
  });
} else {
  watch();
}
