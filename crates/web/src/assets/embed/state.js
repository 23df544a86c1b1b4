// Whether people can register now, and how many seats are left: shown, and followed as it changes.
import { fill } from './locale.js'

/** @typedef {import('./types.js').Availability} Availability */
/** @typedef {import('./types.js').Event} Event */
/** @typedef {import('./locale.js').Locale} Locale */
/** @typedef {'open' | 'few' | 'not_open' | 'waitlist' | 'full' | 'closed' | 'cancelled' | 'live' | 'ended'} State */

/** Up to this many seats are few in every event. */
const ALWAYS_FEW = 5
/** In a large event, one seat in so many is few. */
const SHARE_OF_FEW = 10
/** Between requests where streams do not work, in seconds. */
const POLL = 10

/**
 * @param {Availability} availability
 * @param {Event} event
 * @returns {State}
 */
export function stateOf({ status, seats_left: left, capacity, as_of: now }, event) {
  if (status === 'open' && left !== null && capacity !== null) {
    return left < capacity && (left <= ALWAYS_FEW || left * SHARE_OF_FEW <= capacity) ? 'few' : 'open'
  }
  // The clock of the API, because the reader's may be wrong.
  if (status === 'closed' && Date.parse(now) >= Date.parse(event.starts_at)) return 'live'
  return status
}

/**
 * What the state means to a reader, in a few words and in more.
 * @param {State} state
 * @param {Availability} availability
 * @param {Event} event
 * @param {Locale} locale
 * @returns {[string, string]}
 */
export function stateTexts(state, { seats_left: left, waitlisted, opens_at: opens, closes_at: closes }, event, locale) {
  const words = locale.words.state
  const time = (/** @type {string | null} */ at) => ({ time: at ? locale.dateTimeWithZone(event.time_zone, at) : '' })
  switch (state) {
    case 'open': return [words.open, left === null ? fill(words.closes, time(closes)) : locale.plural(words.seats, left)]
    case 'few': return [words.few, locale.plural(words.seats, left ?? 0)]
    case 'waitlist': return [words.waitlist, locale.plural(words.waiting, waitlisted)]
    case 'not_open': return [words.not_open, fill(words.opens, time(opens))]
    case 'full': return [words.full, words.full_text]
    case 'closed': return [words.closed, fill(words.closed_at, time(closes))]
    case 'cancelled': return [words.cancelled, event.cancellation_reason ?? '']
    case 'live': return [words.live, words.live_text]
    default: return [words.ended, '']
  }
}

/**
 * Whether the form can be sent.
 * @param {State} state
 */
export const takesRegistrations = (state) => state === 'open' || state === 'few' || state === 'waitlist'

/**
 * Calls `show` with each availability, until the returned function is called. Nothing is followed while the page is hidden.
 * @param {import('./api.js').Api} api
 * @param {string} slug
 * @param {(availability: Availability) => void} show
 */
export function follow(api, slug, show) {
  const path = `/v1/events/${slug}/availability`
  /** @type {EventSource | null} */
  let stream = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let hasStopped = false

  const poll = async () => {
    const availability = await api.get(path).then(({ body }) => body, () => null)
    if (hasStopped || document.hidden) return
    if (availability) show(availability)
    if (availability?.status !== 'ended') timer = setTimeout(poll, POLL * 1000)
  }
  const close = () => {
    stream?.close()
    stream = null
    clearTimeout(timer)
  }
  const open = () => {
    close()
    if (document.hidden) return
    stream = new EventSource(`${api.base}${path}/stream`)
    let isOver = false
    stream.addEventListener('availability', ({ data }) => {
      const availability = JSON.parse(data)
      isOver = availability.status === 'ended'
      show(availability)
    })
    // The browser connects again by itself, unless the server refused.
    stream.addEventListener('error', () => {
      if (stream?.readyState === EventSource.CLOSED && !isOver) poll()
    })
  }
  document.addEventListener('visibilitychange', open)
  open()
  return () => {
    hasStopped = true
    document.removeEventListener('visibilitychange', open)
    close()
  }
}
