// The element `<plenaria-event slug="…" lang="…">`: an event with its programme and form, in somebody else's page.
//
// Everything is in a shadow tree, so that the page's styles and the element's do not meet; CSS variables and parts pass. The content of
// the element, a plain link, stays where the event cannot be shown.
import { announcement } from './announcement.js'
import { Api, ConnectionError, ProblemError } from './api.js'
import { element } from './dom.js'
import { Locale, wordsLanguage } from './locale.js'
import { programmeOf } from './programme.js'
import { RegistrationView } from './registration.js'

/** @typedef {import('./types.js').Catalogue} Catalogue */
/** @typedef {import('./types.js').Programme} Programme */
/** @typedef {(depth: number, attributes: Record<string, string>, ...children: string[]) => HTMLElement} Heading */

/** The folder of this file, and the address of its server. */
const FILES = new URL('.', import.meta.url)
const SERVER = new URL('../../', import.meta.url)

/**
 * The style, which all elements of the page share.
 * @type {Promise<CSSStyleSheet> | null}
 */
let style = null

function loadStyle() {
  style ??= fetch(new URL('style.css', FILES), { credentials: 'omit' }).then(async (response) => {
    if (!response.ok) throw new ConnectionError()
    return new CSSStyleSheet().replace(await response.text())
  })
  style.catch(() => { style = null })
  return style
}

/**
 * @param {string} language
 * @returns {Promise<Catalogue>}
 */
async function loadCatalogue(language) {
  const response = await fetch(new URL(`words-${language}.json`, FILES), { credentials: 'omit' })
  if (!response.ok) throw new ConnectionError()
  return response.json()
}

export class PlenariaEvent extends HTMLElement {
  static observedAttributes = ['slug', 'lang', 'src-base', 'heading-level']

  #root = this.attachShadow({ mode: 'open' })
  /** @type {RegistrationView | null} */
  #view = null
  /** @type {(() => void) | null} */
  #stop = null
  /** What is shown or being loaded. */
  #key = ''

  constructor() {
    super()
    this.#root.append(element('slot'))
  }

  connectedCallback() {
    this.#update()
  }

  disconnectedCallback() {
    this.#stop?.()
    this.#stop = null
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#update()
  }

  /** The languages that the reader should get, best first: that of the element or of the page around it, else the browser's. */
  #languages() {
    const own = this.closest('[lang]')?.getAttribute('lang')
    return own ? [own] : navigator.languages
  }

  /** The address of the API without a slash at the end. */
  #base() {
    const base = new URL(this.getAttribute('src-base') ?? SERVER, SERVER)
    return `${base.origin}${base.pathname}`.replace(/\/+$/, '')
  }

  /** @type {Heading} */
  #heading = (depth, attributes, ...children) => {
    const top = Number(this.getAttribute('heading-level')) || 2
    const level = /** @type {'h1' | 'h2' | 'h3' | 'h4' | 'h5' | 'h6'} */ (`h${Math.min(Math.max(top, 1) + depth, 6)}`)
    return element(level, attributes, ...children)
  }

  /** Shows what the attributes name. An element that was moved within the page keeps what is typed. */
  #update() {
    const slug = this.getAttribute('slug') ?? ''
    const languages = this.#languages()
    const key = JSON.stringify([slug, languages, this.getAttribute('src-base'), this.getAttribute('heading-level')])
    if (key !== this.#key) {
      this.#stop?.()
      this.#view = null
      this.#key = key
      if (slug) this.#load(key, slug, languages)
    }
    this.#follow()
  }

  #follow() {
    if (this.isConnected && this.#view && !this.#stop) this.#stop = this.#view.follow()
  }

  /**
   * @param {string} key
   * @param {string} slug
   * @param {readonly string[]} languages
   */
  async #load(key, slug, languages) {
    this.#stop = null
    const words = wordsLanguage(languages)
    const catalogue = loadCatalogue(words).then((loaded) => new Locale(loaded))
    try {
      const api = new Api(this.#base(), languages.join(', '))
      const programme = api.get(`/v1/events/${encodeURIComponent(slug)}/programme`)
      const [sheet, { body, language }, locale] = await Promise.all([loadStyle(), programme, catalogue])
      if (key !== this.#key) return
      this.#root.adoptedStyleSheets = [sheet]
      this.#show(body, locale, api, (language ?? words).split(',')[0])
    } catch (error) {
      const locale = await catalogue.catch(() => null)
      if (key === this.#key) this.#showFailure(error, locale)
    }
  }

  /**
   * @param {Programme} programme
   * @param {Locale} locale
   * @param {Api} api
   * @param {string} lang The language of the event's texts.
   */
  #show(programme, locale, api, lang) {
    const { event } = programme
    const heading = this.#heading
    const view = new RegistrationView(event, locale, api, heading, lang)
    const programmeShown = programmeOf(programme, locale, heading, lang)
    const article = element('article', { lang: locale.language, part: 'event', 'aria-labelledby': 'title' },
      announcement(event, locale, api.base, heading, lang), programmeShown, view.section)
    this.#root.replaceChildren(article)
    this.#view = view
    this.#follow()
  }

  /**
   * @param {unknown} error
   * @param {Locale | null} locale
   */
  #showFailure(error, locale) {
    const isMissing = error instanceof ProblemError && error.problem.status === 404
    const text = locale?.words.embed[isMissing ? 'event_missing' : 'not_loaded']
    const shown = text ? [element('p', { role: 'alert', lang: locale?.language }, text)] : []
    this.#root.replaceChildren(...shown, element('slot'))
  }
}

if (!customElements.get('plenaria-event')) customElements.define('plenaria-event', PlenariaEvent)
