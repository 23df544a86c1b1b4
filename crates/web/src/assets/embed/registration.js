// The state of the event with its form: follows the seats, sends the form, and shows what came of it.
import { ConnectionError, ProblemError } from './api.js'
import { element, focus } from './dom.js'
import { clearErrors, showErrors } from './errors.js'
import { bodyOf, fieldsOf } from './form.js'
import { fill } from './locale.js'
import { follow, stateOf, stateTexts, takesRegistrations } from './state.js'

/** @typedef {import('./types.js').Availability} Availability */
/** @typedef {import('./types.js').Event} Event */
/** @typedef {import('./types.js').Registration} Registration */
/** @typedef {import('./locale.js').Locale} Locale */

/**
 * A text whose direction does not change that of the sentence around it.
 * @param {string} text
 */
const isolated = (text) => `\u2068${text}\u2069`

export class RegistrationView {
  #isBusy = false
  /** @type {string | null} */
  #shown = null

  /**
   * @param {Event} event
   * @param {Locale} locale
   * @param {import('./api.js').Api} api
   * @param {import('./element.js').Heading} heading
   * @param {string} lang The language of the event's texts.
   */
  constructor(event, locale, api, heading, lang) {
    this.event = event
    this.locale = locale
    this.api = api
    this.heading = heading
    this.state = element('div', { id: 'state', part: 'state' })
    this.live = element('p', { id: 'live', class: 'visually-hidden', role: 'status' })
    this.summary = element('div', { id: 'error-summary', part: 'error-summary', hidden: true })
    this.button = element('button', { part: 'button' }, locale.words.form.send)
    this.form = element('form', { id: 'registration-form', part: 'form', novalidate: true, hidden: true },
      element('p', {}, locale.words.form.required_note), ...fieldsOf(event, locale, lang), this.button)
    this.form.addEventListener('submit', (submit) => {
      submit.preventDefault()
      this.#send()
    })
    this.section = element('section', { part: 'registration', 'aria-labelledby': 'registration-heading' },
      heading(1, { id: 'registration-heading', part: 'heading' }, locale.words.state.heading),
      this.state, this.live, this.summary, this.form)
  }

  /**
   * Follows the seats until the returned function is called.
   * @returns {() => void}
   */
  follow() {
    return follow(this.api, this.event.slug, (availability) => this.#show(availability))
  }

  /** @param {Availability} availability */
  #show(availability) {
    if (!this.form.isConnected) return
    const state = stateOf(availability, this.event)
    const texts = stateTexts(state, availability, this.event, this.locale)
    this.#showState(state, texts)
    // Every seat that goes is shown, and only a new state is read out.
    if (this.#shown !== null && this.#shown !== state) this.live.textContent = texts.filter(Boolean).join('. ')
    this.#shown = state
    // A form in use stays: what is typed is not lost, and the response to sending it decides.
    const isInUse = this.form.matches(':focus-within') || this.#isBusy
    if (takesRegistrations(state) || !isInUse) this.form.hidden = !takesRegistrations(state)
    if (!this.#isBusy) this.button.textContent = this.#action()
  }

  /**
   * @param {string} state
   * @param {string[]} texts
   */
  #showState(state, [first, ...others]) {
    this.state.dataset.state = state
    this.state.replaceChildren(element('p', {}, element('b', {}, first)), ...others.filter(Boolean).map((text) => element('p', { dir: 'auto' }, text)))
  }

  #action() {
    const { waitlist_send: join, send } = this.locale.words.form
    return this.#shown === 'waitlist' ? join : send
  }

  /**
   * Marks a button as busy. It keeps the focus.
   * @param {HTMLButtonElement} button
   * @param {boolean} isBusy
   * @param {string} text
   */
  #setBusy(button, isBusy, text) {
    this.#isBusy = isBusy
    button.setAttribute('aria-disabled', String(isBusy))
    button.textContent = text
    this.live.textContent = isBusy ? text : ''
  }

  async #send() {
    if (this.#isBusy) return
    clearErrors(this.form, this.summary)
    this.#setBusy(this.button, true, this.locale.words.form.busy)
    try {
      const { status, body } = await this.api.post(`/v1/events/${this.event.slug}/registrations`, bodyOf(this.form, this.event))
      this.#showResult(status, body)
    } catch (error) {
      this.#showFailure(error)
    } finally {
      this.#setBusy(this.button, false, this.#action())
    }
  }

  /**
   * @param {unknown} error
   * @returns {import('./errors.js').Failure}
   */
  #failure(error) {
    const { embed, form } = this.locale.words
    if (!(error instanceof ProblemError)) return { heading: embed.not_sent, text: error instanceof ConnectionError ? form.no_connection : embed.try_again }
    const { problem } = error
    if (problem.errors?.length) return { problem, heading: form.summary }
    return { problem, heading: embed.not_sent, text: problem.detail || embed.try_again }
  }

  /** @param {unknown} error */
  #showFailure(error) {
    const failure = this.#failure(error)
    if (failure.problem?.code === 'already-registered') {
      const { already_registered: title, already_registered_text: text } = this.locale.words.state
      this.state.dataset.state = 'already_registered'
      failure.heading = title
      failure.text = fill(text, { email: isolated(this.#email()) })
      failure.after = this.#resendButton()
    }
    showErrors(this.form, this.summary, failure, this.heading, this.locale.words.form)
  }

  #email() {
    return String(new FormData(this.form).get('email'))
  }

  /** A person who has lost the link gets it by mail again. */
  #resendButton() {
    const { locale } = this
    const email = this.#email()
    const button = element('button', { type: 'button', part: 'button', class: 'secondary' }, locale.words.form.link_send)
    button.addEventListener('click', async () => {
      if (this.#isBusy) return
      this.#setBusy(button, true, locale.words.form.busy)
      try {
        await this.api.post(`/v1/events/${this.event.slug}/registrations/resend`, { email })
        this.summary.replaceChildren(element('p', {}, fill(locale.words.form.link_sent, { email: isolated(email) })))
        focus(this.summary)
      } catch (error) {
        showErrors(this.form, this.summary, { ...this.#failure(error), after: this.#resendButton() }, this.heading, locale.words.form)
      } finally {
        this.#setBusy(button, false, locale.words.form.link_send)
      }
    })
    return button
  }

  /**
   * 201: registered, with a seat or on the waiting list. 202: a mail asks the owner of the address to confirm it.
   * @param {number} status
   * @param {Registration} registration
   */
  #showResult(status, registration) {
    const words = this.locale.words.state
    const email = isolated(this.#email())
    const title = this.heading(1, { id: 'registration-heading', part: 'heading' }, words.heading)
    const links = status === 201 ? [this.#manageLink(registration)] : []
    if (status !== 201) {
      this.#showState('confirmation_sent', [words.confirmation_sent, fill(words.confirmation_sent_text, { email })])
    } else if (registration.status === 'waitlisted') {
      const position = this.locale.number(registration.waitlist_position ?? 0)
      this.#showState('waitlisted', [words.waitlisted, fill(words.position, { position }), fill(words.waitlisted_text, { email })])
    } else {
      this.#showState('registered', [words.registered, fill(words.registered_text, { email })])
    }
    this.section.replaceChildren(title, this.state, this.live, ...links)
    focus(this.state)
    // Pages may follow it, for example to count registrations. It says nothing about the person.
    this.section.dispatchEvent(new CustomEvent('plenaria-registered', { bubbles: true, composed: true, detail: { status: this.state.dataset.state } }))
  }

  /**
   * The token stands behind `#`, which browsers do not send.
   * @param {Registration} registration
   */
  #manageLink({ id, manage_token: token }) {
    const fragment = new URLSearchParams({ registration: id, token, event: this.event.slug, lang: this.locale.language })
    const href = `${this.api.base}/registration#${fragment}`
    return element('p', {}, element('a', { href, target: '_blank', rel: 'noopener noreferrer' },
      `${this.locale.words.form.see_registration} (${this.locale.words.embed.new_tab})`))
  }
}
