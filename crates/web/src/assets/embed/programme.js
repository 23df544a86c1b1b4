// The programme: days, sessions with their times, rooms and tracks, and speakers.
import { element, present } from './dom.js'
import { fill, zoneName } from './locale.js'

/** @typedef {import('./types.js').Programme} Programme */
/** @typedef {import('./types.js').Session} Session */
/** @typedef {import('./types.js').Person} Person */
/** @typedef {import('./locale.js').Locale} Locale */

/**
 * The programme, or nothing if it has no sessions.
 * @param {Programme} programme
 * @param {Locale} locale
 * @param {import('./element.js').Heading} heading
 * @param {string} lang The language of the event's texts.
 */
export function programmeOf(programme, locale, heading, lang) {
  if (programme.sessions.length === 0) return null
  const words = locale.words.event
  const zone = programme.event.time_zone
  /** @type {Map<string, Session[]>} */
  const days = new Map()
  for (const session of programme.sessions) {
    const day = locale.day(zone, session.starts_at)
    days.set(day, [...(days.get(day) ?? []), session])
  }
  const moderators = programme.moderators.map(({ name }) => name)
  const start = programme.event.starts_at
  const own = locale.ownZone(zone, start)
  return element('section', { id: 'programme', part: 'programme', 'aria-labelledby': 'programme-heading' },
    heading(1, { id: 'programme-heading', part: 'heading' }, words.programme),
    programme.status === 'draft' && element('p', { class: 'muted' }, words.draft),
    moderators.length > 0 && element('p', {}, element('b', {}, words.moderators), ' ', element('bdi', {}, locale.list(moderators))),
    element('p', { class: 'muted' }, fill(words.times, { zone: zoneName(zone, start) }), own && ` ${fill(words.your_times, { zone: zoneName(own, start) })}`),
    ...[...days].flatMap(([day, sessions]) => present([
      days.size > 1 && heading(2, { part: 'heading' }, day),
      element('ol', { class: 'sessions' }, ...sessions.map((session) => sessionItem(session, zone, own, locale, lang))),
    ])),
  )
}

/**
 * @param {Session} session
 * @param {string} zone
 * @param {string | null} own The reader's zone, if it is another.
 * @param {Locale} locale
 * @param {string} lang
 */
function sessionItem(session, zone, own, locale, lang) {
  const { starts_at: start, ends_at: end } = session
  const isCancelled = session.status === 'cancelled'
  const title = element(isCancelled ? 's' : 'b', { lang, dir: 'auto' }, session.title)
  const where = present([session.track, session.room?.name]).join(' · ')
  return element('li', { part: 'session' },
    element('div', { class: 'times' },
      element('time', { datetime: start }, locale.times(zone, start, end)),
      own && element('small', { class: 'muted' }, fill(locale.words.event.your_time, { time: locale.times(own, start, end) }))),
    element('div', {},
      title,
      isCancelled && ` (${locale.words.event.session_cancelled})`,
      where && element('div', { class: 'muted', lang, dir: 'auto' }, where),
      session.speakers.length > 0 && element('ul', { class: 'speakers' }, ...session.speakers.map((speaker) => person(speaker, speaker.roles, locale)))),
  )
}

/**
 * @param {Person} speaker
 * @param {string[]} roles
 * @param {Locale} locale
 */
function person(speaker, roles, locale) {
  const shown = roles.flatMap((role) => (role === 'moderator' || role === 'host' || role === 'panelist' ? [locale.words.event[role]] : []))
  const about = [...shown, ...present([speaker.position, speaker.organisation, speaker.city])].join(', ')
  return element('li', {},
    element('bdi', {}, present([speaker.honorific, speaker.name]).join(' ')),
    about && element('span', { class: 'muted' }, ', ', element('bdi', {}, about)))
}
