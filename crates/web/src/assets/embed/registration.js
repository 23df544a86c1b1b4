// The state of the event with its form: follows the seats, sends the form, and shows what came of it.
import { ConnectionError, ProblemError } from './api.js'
import { element, focus } from './dom.js'
import { clearErrors, showErrors } from './errors.js'
import { bodyOf, fieldsOf } from './form.js'
import { follow, stateOf, stateText, takesRegistrations } from './state.js'

/** @typedef {import('./types.js').Availability} Availability */
/** @typedef {import('./types.js').Event} Event */
/** @typedef {import('./types.js').Registration} Registration */
/** @typedef {import('./types.js').TextName} TextName */
/** @typedef {import('./locale.js').Locale} Locale */

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
    this.state = element('p', { id: 'state', part: 'state' })
    this.live = element('p', { id: 'live', class: 'visually-hidden', role: 'status' })
    this.summary = element('div', { id: 'error-summary', part: 'error-summary', hidden: true })
    this.button = element('button', { part: 'button' }, locale.text('register'))
    this.form = element('form', { id: 'registration-form', part: 'form', novalidate: true, hidden: true },
      ...fieldsOf(event, locale, lang), this.button)
    this.form.addEventListener('submit', (submit) => {
      submit.preventDefault()
      this.#send()
    })
    this.section = element('section', { part: 'registration', 'aria-labelledby': 'registration-heading' },
      heading(1, { id: 'registration-heading', part: 'heading' }, locale.text('registration')),
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
    const text = stateText(state, availability, this.event, this.locale)
    this.state.dataset.state = state
    this.state.textContent = text
    // Every seat that goes is shown, and only a new state is read out.
    if (this.#shown !== null && this.#shown !== state) this.live.textContent = text
    this.#shown = state
    // A form in use stays: what is typed is not lost, and the response to sending it decides.
    const isInUse = this.form.matches(':focus-within') || this.#isBusy
    if (takesRegistrations(state) || !isInUse) this.form.hidden = !takesRegistrations(state)
    if (!this.#isBusy) this.button.textContent = this.#action()
  }

  #action() {
    return this.locale.text(this.#shown === 'waitlist' ? 'join_waitlist' : 'register')
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
    if (isBusy) this.live.textContent = text
  }

  async #send() {
    if (this.#isBusy) return
    clearErrors(this.form, this.summary)
    this.#setBusy(this.button, true, this.locale.text('sending'))
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
    if (error instanceof ProblemError) {
      const { problem } = error
      const faults = problem.errors?.length
      return { problem, heading: this.locale.text(faults ? 'errors' : 'not_sent'), text: faults ? '' : problem.detail || this.locale.text('try_again') }
    }
    return { heading: this.locale.text('not_sent'), text: this.locale.text(error instanceof ConnectionError ? 'no_connection' : 'try_again') }
  }

  /** @param {unknown} error */
  #showFailure(error) {
    const failure = this.#failure(error)
    const isRegistered = failure.problem?.code === 'already-registered'
    const after = isRegistered ? this.#resendButton() : null
    if (isRegistered) this.state.dataset.state = 'already_registered'
    showErrors(this.form, this.summary, { ...failure, after }, this.heading)
  }

  /** A person who has lost the link gets it by mail again. */
  #resendButton() {
    const { locale } = this
    const email = new FormData(this.form).get('email')
    const button = element('button', { type: 'button', part: 'button', class: 'secondary' }, locale.text('resend'))
    button.addEventListener('click', async () => {
      if (this.#isBusy) return
      this.#setBusy(button, true, locale.text('sending'))
      try {
        await this.api.post(`/v1/events/${this.event.slug}/registrations/resend`, { email })
        this.summary.replaceChildren(element('p', {}, locale.text('resent')))
        focus(this.summary)
      } catch (error) {
        showErrors(this.form, this.summary, { ...this.#failure(error), after: this.#resendButton() }, this.heading)
      } finally {
        this.#setBusy(button, false, locale.text('resend'))
      }
    })
    return button
  }

  /**
   * 201: registered, with a seat or on the waiting list. 202: a mail asks to confirm the address, whoever it belongs to.
   * @param {number} status
   * @param {Registration} registration
   */
  #showResult(status, registration) {
    const isRegistered = status === 201
    const result = !isRegistered ? 'confirmation_sent' : registration.status === 'waitlisted' ? 'waitlisted' : 'confirmed'
    const position = new Intl.NumberFormat(this.locale.tag).format(registration.waitlist_position ?? 0)
    const title = this.heading(1, { id: 'registration-heading', part: 'heading' }, this.locale.text(result))
    this.state.dataset.state = result === 'confirmed' ? 'registered' : result
    this.state.textContent = this.locale.text(`${result}_text`, { position })
    this.section.replaceChildren(title, this.state, this.live, ...(isRegistered ? [this.#manageLink(registration)] : []))
    focus(title)
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
      `${this.locale.text('see_registration')} (${this.locale.text('new_tab')})`))
  }
}
