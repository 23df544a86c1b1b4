// Texts, numbers and dates in the language of the element.

/** The languages that the element has words in. */
const LANGUAGES = ['en', 'es', 'fr', 'ca']

/**
 * The first of these tags that the element has words in; else English.
 * @param {readonly string[]} tags
 */
export function wordsLanguage(tags) {
  const languages = tags.map((tag) => tag.split('-')[0].toLowerCase())
  return languages.find((language) => LANGUAGES.includes(language)) ?? 'en'
}

/**
 * A text with its placeholders filled.
 * @param {string} text
 * @param {Record<string, string>} values
 */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all)

/**
 * A zone's name, and its offset at an instant: `Europe/Madrid, UTC+2`.
 * @param {string} zone
 * @param {string} instant
 */
export function zoneName(zone, instant) {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(new Date(instant))
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value.replace('GMT', '').replace('-', '−')
  return `${zone.replaceAll('_', ' ')}, UTC${offset || '+0'}`
}

export class Locale {
  /** @param {import('./types.js').Catalogue} catalogue */
  constructor(catalogue) {
    this.catalogue = catalogue
    this.words = catalogue.words
    this.language = catalogue.language
    // Dates are British, with 24 hours.
    this.tag = this.language === 'en' ? 'en-GB' : this.language
    /** How hours are written. @type {'numeric' | '2-digit'} */
    this.hour = this.language === 'ca' ? 'numeric' : '2-digit'
  }

  /**
   * The text for a number, `{count}`.
   * @param {import('./types.js').Plural} forms
   * @param {number} count
   */
  plural(forms, count) {
    const form = new Intl.PluralRules(this.tag).select(count) === 'one' ? forms.one : forms.other
    return fill(form, { count: this.number(count) })
  }

  /** @param {number} number */
  number(number) {
    return new Intl.NumberFormat(this.tag).format(number)
  }

  /** @param {string[]} items */
  list(items) {
    return new Intl.ListFormat(this.tag).format(items)
  }

  /**
   * A date with its time, or two of them if there is an end. They do not name the zone.
   * @param {string} zone
   * @param {string} start
   * @param {string} [end]
   */
  dateTime(zone, start, end) {
    const format = new Intl.DateTimeFormat(this.tag, {
      weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', hour: this.hour, minute: '2-digit', timeZone: zone,
    })
    return end ? format.formatRange(new Date(start), new Date(end)) : format.format(new Date(start))
  }

  /**
   * The same, with the zone, for a time that stands alone.
   * @param {string} zone
   * @param {string} start
   * @param {string} [end]
   */
  dateTimeWithZone(zone, start, end) {
    return `${this.dateTime(zone, start, end)} (${zoneName(zone, start)})`
  }

  /**
   * @param {string} zone
   * @param {string} instant
   */
  day(zone, instant) {
    return new Intl.DateTimeFormat(this.tag, { dateStyle: 'full', timeZone: zone }).format(new Date(instant))
  }

  /**
   * @param {string} zone
   * @param {string} start
   * @param {string} end
   */
  times(zone, start, end) {
    const format = new Intl.DateTimeFormat(this.tag, { hour: this.hour, minute: '2-digit', timeZone: zone })
    return format.formatRange(new Date(start), new Date(end))
  }

  /**
   * The reader's time zone, if its clocks show another time then than those of this one.
   * @param {string} zone
   * @param {string} instant
   */
  ownZone(zone, instant) {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone
    return this.dateTime(own, instant) === this.dateTime(zone, instant) ? null : own
  }
}
