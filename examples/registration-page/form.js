// The registration form: made from the event, read into the body of a request, and marked with the errors of a problem.
import { announce, element } from './dom.js'
import { LANGUAGE, text } from './texts.js'

// What `Intl` names as regions and the API does not take. It takes ISO 3166-1, and XK (Kosovo) besides.
const NOT_COUNTRIES = new Set(['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UK', 'UN', 'XA', 'XB', 'ZZ'])

function countries() {
  const names = new Intl.DisplayNames([LANGUAGE], { type: 'region', fallback: 'none' })
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const codes = letters.flatMap((first) => letters.map((second) => first + second))
  // A withdrawn code has the name of the country's present one.
  const current = codes.filter((code) => Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`)
  const found = current.map((key) => ({ key, label: names.of(key) })).filter(({ key, label }) => label && !NOT_COUNTRIES.has(key))
  return found.sort((a, b) => a.label.localeCompare(b.label, LANGUAGE))
}

// A field's name is its JSON pointer without the first slash: `email`, `answers/lunch`.
function field(name, label, control, required) {
  control.name = name
  control.id = name
  control.required = required
  const mark = required ? null : element('span', { className: 'optional' }, ` (${text('optional')})`)
  return element('div', { className: 'field' }, element('label', { htmlFor: name }, label, mark), control, errorOf(name))
}

const errorOf = (name) => element('p', { className: 'error', id: `${name}-error`, hidden: true })

function input(name, label, /** @type {Record<string, any>} */ { required = false, ...properties } = {}) {
  return field(name, label, element('input', { type: 'text', ...properties }), required)
}

function select(name, label, choices, required) {
  const options = choices.map(({ key, label: shown }) => element('option', { value: key }, shown))
  return field(name, label, element('select', {}, element('option', { value: '' }, text('choose')), ...options), required)
}

// Several choices, or yes and no: a group with a legend.
function group(name, label, type, choices, required) {
  const mark = required ? null : element('span', { className: 'optional' }, ` (${text('optional')})`)
  const options = choices.map(({ key, label: shown }) => element('label', { className: 'option' },
    element('input', { type, name, value: key, required: required && type === 'radio' }), ` ${shown}`))
  options[0]?.querySelector('input').setAttribute('id', name)
  return element('fieldset', { className: 'field' }, element('legend', {}, label, mark), ...options, errorOf(name))
}

function question({ key, label, kind, required, choices }) {
  const name = `answers/${key}`
  switch (kind) {
    case 'choice': return select(name, label, choices, required)
    case 'choices': return group(name, label, 'checkbox', choices, required)
    case 'yes_no': return group(name, label, 'radio', [{ key: 'true', label: text('yes') }, { key: 'false', label: text('no') }], required)
    default: return field(name, label, element('textarea', { rows: 3 }), required)
  }
}

function privacy({ url }) {
  const link = url && element('a', { href: url, target: '_blank', rel: 'noopener' }, text('notice'))
  const box = element('input', { type: 'checkbox', name: 'privacy_accepted', id: 'privacy_accepted', required: true })
  const label = element('label', { className: 'option' }, box, ` ${text('privacy')}`)
  return element('div', { className: 'field' }, label, ' ', link, errorOf('privacy_accepted'))
}

// The fields of an event. Those of the person are always the same; audiences and questions are the event's.
export function fieldsOf(event) {
  const { audience_required: audienceRequired, questions } = event.registration
  const newsletter = element('input', { type: 'checkbox', name: 'newsletter', id: 'newsletter' })
  return [
    input('name', text('name'), { required: true, autocomplete: 'name' }),
    input('email', text('email'), { required: true, type: 'email', autocomplete: 'email' }),
    input('organisation', text('organisation'), { autocomplete: 'organization' }),
    input('position', text('position'), { autocomplete: 'organization-title' }),
    input('city', text('city'), { autocomplete: 'address-level2' }),
    select('country', text('country'), countries(), false),
    event.audiences.length > 0 ? select('audience', text('audience'), event.audiences, audienceRequired) : null,
    ...questions.map(question),
    field('access_needs', text('access_needs'), element('textarea', { rows: 2 }), false),
    element('div', { className: 'field' }, element('label', { className: 'option' }, newsletter, ` ${text('newsletter')}`), errorOf('newsletter')),
    privacy(event.privacy_notice),
  ].filter(Boolean)
}

// The body of a registration. Fields that were left empty are left out: the API takes them as null.
export function bodyOf(form, event) {
  const data = new FormData(form)
  /** @type {Record<string, any>} */
  const body = { language: LANGUAGE, privacy_accepted: data.has('privacy_accepted'), newsletter: data.has('newsletter') }
  for (const name of ['name', 'email', 'organisation', 'position', 'city', 'country', 'audience', 'access_needs']) {
    const value = String(data.get(name) ?? '')
    if (value.trim()) body[name] = value
  }
  body.answers = {}
  for (const { key, kind } of event.registration.questions) {
    const given = data.getAll(`answers/${key}`).map(String).filter((value) => value.trim() !== '')
    if (given.length === 0) continue
    body.answers[key] = kind === 'choices' ? given : kind === 'yes_no' ? given[0] === 'true' : given[0]
  }
  return body
}

// Puts each error next to its field, and all of them into a summary above the form.
export function showErrors(form, summary, problem) {
  clearErrors(form, summary)
  // The summary has the order of the form.
  const order = [...form.elements].map((control) => `/${control.id}`)
  const place = ({ pointer }) => order.findIndex((id) => pointer === id || pointer.startsWith(`${id}/`))
  const errors = [...(problem.errors ?? [])].sort((a, b) => place(a) - place(b))
  const items = errors.map(({ pointer, detail }) => {
    // An error inside a value (`/answers/interests/1`) belongs to its field.
    const control = document.getElementById(pointer.split('/').slice(1, 3).join('/'))
    if (!control) return element('li', {}, detail)
    const message = document.getElementById(`${control.id}-error`)
    message.textContent = detail
    message.hidden = false
    control.setAttribute('aria-invalid', 'true')
    control.setAttribute('aria-describedby', message.id)
    const link = element('a', { href: `#${control.id}` }, `${labelOf(control)}: ${detail}`)
    link.addEventListener('click', (click) => {
      click.preventDefault()
      control.focus()
    })
    return element('li', {}, link)
  })
  const heading = items.length > 0 ? text('errors') : problem.title
  const prose = items.length > 0 ? null : element('p', {}, problem.detail ?? '')
  announce(summary, element('h2', {}, heading), ...(prose ? [prose] : [element('ul', {}, ...items)]))
}

// What people see of a field: its label, or the legend of its group, without the mark “optional”.
function labelOf(control) {
  const label = control.closest('fieldset')?.querySelector('legend') ?? control.labels[0]
  return [...label.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent).join('').trim()
}

export function clearErrors(form, summary) {
  summary.hidden = true
  for (const message of form.querySelectorAll('.error')) message.hidden = true
  for (const control of form.querySelectorAll('[aria-invalid]')) {
    control.removeAttribute('aria-invalid')
    control.removeAttribute('aria-describedby')
  }
}
