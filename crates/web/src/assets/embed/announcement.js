// The short announcement: title, time, place, summary, organisers and topics.
import { element, link, present } from './dom.js'
import { fill } from './locale.js'

/** @typedef {import('./types.js').Event} Event */
/** @typedef {import('./locale.js').Locale} Locale */

/**
 * @param {Event} event
 * @param {Locale} locale
 * @param {string} base The address of the API.
 * @param {import('./element.js').Heading} heading
 * @param {string} lang The language of the event's texts.
 */
export function announcement(event, locale, base, heading, lang) {
  const { starts_at: start, ends_at: end, time_zone: zone } = event
  const words = locale.words.event
  const own = locale.ownZone(zone, start)
  const where = [event.attendance === 'in_person' ? null : words[event.attendance], event.place]
  return element('header', { part: 'announcement' },
    heading(0, { id: 'title', part: 'title', lang, dir: 'auto' }, event.title),
    element('p', { class: 'when', part: 'time' },
      element('time', { datetime: start }, locale.dateTimeWithZone(zone, start, end))),
    own && element('p', { class: 'muted' }, fill(words.your_time, { time: locale.dateTime(own, start, end) })),
    element('p', { dir: 'auto' }, present(where).join(' · ')),
    event.summary && element('p', { part: 'summary', lang, dir: 'auto' }, event.summary),
    named(words.organisers, event.organisers.map(({ name, url }) => link(url, name))),
    named(words.topics, event.topics.map((topic) => element('span', { lang, dir: 'auto' }, topic))),
    element('p', { class: 'links' },
      event.page_url && link(`${event.page_url}?lang=${locale.language}`, locale.words.embed.more),
      link(`${base}/v1/events/${event.slug}/calendar.ics?lang=${locale.language}`, words.calendar)),
  )
}

/**
 * A name and what it names, separated by commas; nothing if there is nothing.
 * @param {string} name
 * @param {Node[]} values
 */
function named(name, values) {
  if (values.length === 0) return null
  return element('p', {}, element('b', {}, name), ' ', ...values.flatMap((value, index) => (index === 0 ? [value] : [', ', value])))
}
