// Errors above the form and at its fields.
import { describe, sentence } from './form.js'
import { element, focus, present } from './dom.js'

/** @typedef {import('./types.js').Problem} Problem */
/** @typedef {{ heading: string, text?: string, problem?: Problem, after?: Node | null }} Failure */

/**
 * Shows what failed, each error at its field too, and moves the focus to the summary.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} summary
 * @param {Failure} failure
 * @param {import('./element.js').Heading} heading
 * @param {import('./types.js').Words['form']} words
 */
export function showErrors(form, summary, { heading: title, text, problem, after }, heading, words) {
  clearErrors(form, summary)
  const controls = [...form.elements]
  const errors = (problem?.errors ?? []).map((error) => {
    const { pointer } = error
    // An error inside of a value (`/answers/interests/1`) belongs to its field, `answers.interests`.
    const name = pointer.split('/').slice(1, pointer.startsWith('/answers/') ? 3 : 2).join('.')
    const control = controls.find((found) => found.id === `field-${name}`)
    return { control, name, detail: control ? sentence(form, name, error, words) : error.detail }
  })
  // The summary has the order of the form.
  errors.sort((a, b) => place(controls, a.control) - place(controls, b.control))
  const items = errors.map(({ control, name, detail }) => {
    if (!(control instanceof HTMLElement)) return element('li', {}, detail)
    mark(form, control, name, detail)
    const link = element('a', { href: `#${control.id}` }, `${labelOf(control)}: ${detail}`)
    link.addEventListener('click', (click) => {
      click.preventDefault()
      control.focus()
    })
    return element('li', {}, link)
  })
  summary.replaceChildren(heading(2, {}, title), ...present([
    text && element('p', {}, text),
    items.length > 0 && element('ul', {}, ...items),
    after,
  ]))
  summary.hidden = false
  focus(summary)
}

/**
 * @param {Element[]} controls
 * @param {Element | undefined} control
 */
const place = (controls, control) => (control ? controls.indexOf(control) : controls.length)

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} control
 * @param {string} name
 * @param {string} detail
 */
function mark(form, control, name, detail) {
  const message = form.querySelector(`[id="error-${name}"]`)
  if (!(message instanceof HTMLElement)) return
  message.textContent = detail
  message.hidden = false
  for (const marked of form.querySelectorAll(`[name="${name}"]`)) {
    marked.setAttribute('aria-invalid', 'true')
    if (marked === control) describe(marked, message.id)
  }
}

/**
 * What people see of a field: its label, or the legend of its group.
 * @param {HTMLElement} control
 */
function labelOf(control) {
  const owner = control.closest('fieldset')?.querySelector('legend') ?? control.closest('.field')
  return owner?.querySelector('.label-text')?.textContent ?? ''
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} summary
 */
export function clearErrors(form, summary) {
  summary.hidden = true
  for (const message of form.querySelectorAll('.error')) {
    if (message instanceof HTMLElement) message.hidden = true
  }
  for (const control of form.querySelectorAll('[aria-invalid]')) {
    control.removeAttribute('aria-invalid')
    const others = (control.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => !id.startsWith('error-'))
    if (others.join('')) control.setAttribute('aria-describedby', others.join(' '))
    else control.removeAttribute('aria-describedby')
  }
}
