// The form: made from the event, and read into the body of a request.
import { element, isWebAddress, present } from './dom.js'
import { fill } from './locale.js'

/** @typedef {import('./types.js').Event} Event */
/** @typedef {import('./types.js').Choice} Choice */
/** @typedef {import('./types.js').Question} Question */
/** @typedef {import('./locale.js').Locale} Locale */
/** @typedef {{ required?: boolean, hint?: string, lang?: string }} Rules */

/** More choices than these are a list instead of radio buttons. */
const MAX_RADIOS = 6
/** The fields of a person that are sent as they are. */
const TEXTS = ['name', 'email', 'organisation', 'position', 'city', 'country', 'audience', 'access_needs', 'language']

/** Makes the fields, each with the id `field-NAME`, and `error-NAME` for its error. */
class Fields {
  /** @param {import('./types.js').Words['form']} words */
  constructor(words) {
    this.words = words
  }

  /**
   * @param {string} label
   * @param {Rules} rules
   */
  #label(label, { required, lang }) {
    const text = element('span', { class: 'label-text', lang, dir: 'auto' }, label)
    return [text, required && element('span', { class: 'muted' }, ` (${this.words.required})`)]
  }

  /**
   * A label with its control.
   * @param {string} name
   * @param {string} label
   * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} control
   * @param {Rules} [rules]
   */
  field(name, label, control, rules = {}) {
    control.name = name
    control.id = `field-${name}`
    control.required = rules.required ?? false
    if (rules.hint) describe(control, `hint-${name}`)
    return element('div', { class: 'field', part: 'field' },
      element('label', { for: control.id, part: 'label' }, ...this.#label(label, rules)), hintOf(name, rules.hint), errorOf(name), control)
  }

  /**
   * @param {'name' | 'email' | 'organisation' | 'position' | 'city'} name
   * @param {Record<string, string>} attributes
   * @param {Rules} [rules]
   */
  input(name, attributes, rules) {
    return this.field(name, this.words[name], element('input', { type: 'text', dir: 'auto', part: 'input', ...attributes }), rules)
  }

  /**
   * @param {string} name
   * @param {string} label
   * @param {Choice[]} choices
   * @param {Rules} rules
   * @param {string} [autocomplete]
   */
  select(name, label, choices, rules, autocomplete) {
    const options = choices.map((choice) => element('option', { value: choice.key, lang: rules.lang }, choice.label))
    const none = element('option', { value: '' }, this.words.no_choice)
    return this.field(name, label, element('select', { part: 'input', autocomplete }, none, ...options), rules)
  }

  /**
   * One of several choices: radio buttons, or a list where there are many.
   * @param {string} name
   * @param {string} label
   * @param {Choice[]} choices
   * @param {Rules} rules
   */
  choice(name, label, choices, rules) {
    return choices.length > MAX_RADIOS ? this.select(name, label, choices, rules) : this.group('radio', name, label, choices, rules)
  }

  /**
   * @param {string} name
   * @param {string} label
   * @param {Rules} rules
   */
  area(name, label, rules) {
    return this.field(name, label, element('textarea', { rows: 4, dir: 'auto', part: 'input' }), rules)
  }

  /**
   * Choices in a group with a legend. The first control has the field's id. Radio buttons without a required answer have one for
   * none, because they cannot be undone otherwise.
   * @param {'checkbox' | 'radio'} type
   * @param {string} name
   * @param {string} label
   * @param {Choice[]} choices
   * @param {Rules & { choicesLang?: string }} rules
   */
  group(type, name, label, choices, rules) {
    const isRadio = type === 'radio'
    const required = isRadio && rules.required
    const shown = choices.map((choice) => ({ ...choice, lang: rules.choicesLang ?? rules.lang }))
    if (isRadio && !required) shown.unshift({ key: '', label: this.words.no_answer, lang: undefined })
    const options = shown.map(({ key, label: text, lang }, index) => element('label', { class: 'option' },
      element('input', { type, name, value: key, id: index === 0 && `field-${name}`, required, checked: isRadio && key === '' }),
      element('span', { lang, dir: 'auto' }, text)))
    return element('fieldset', { class: 'field', part: 'field', role: isRadio && 'radiogroup', 'aria-describedby': rules.hint && `hint-${name}` },
      element('legend', { part: 'label' }, ...this.#label(label, rules)), hintOf(name, rules.hint), errorOf(name), ...options)
  }

  /**
   * A box to tick.
   * @param {string} name
   * @param {'newsletter' | 'privacy' | 'privacy_without_notice'} label
   * @param {Rules} rules
   * @param {Node | null} [link] Stands before the hint.
   */
  box(name, label, rules, link = null) {
    const control = element('input', { type: 'checkbox', name, id: `field-${name}`, required: rules.required })
    if (rules.hint) describe(control, `hint-${name}`)
    return element('div', { class: 'field', part: 'field' },
      element('label', { class: 'option', part: 'label' }, control, element('span', {}, ...present(this.#label(this.words[label], rules)))),
      hintOf(name, rules.hint, link), errorOf(name))
  }

  /**
   * @param {Question} question
   * @param {string} lang
   */
  question({ key, label, kind, required, choices }, lang) {
    const name = `answers.${key}`
    const rules = { required, lang }
    switch (kind) {
      case 'choice': return this.choice(name, label, choices, rules)
      case 'choices': return this.group('checkbox', name, label, choices, { ...rules, hint: this.words.several_hint })
      case 'yes_no': {
        const both = [{ key: 'true', label: this.words.yes }, { key: 'false', label: this.words.no }]
        return this.group('radio', name, label, both, { ...rules, choicesLang: '' })
      }
      default: return this.area(name, label, rules)
    }
  }
}

/**
 * @param {string} name
 * @param {string | undefined} hint
 * @param {Node | null} [link]
 */
const hintOf = (name, hint, link = null) => hint && element('p', { id: `hint-${name}`, class: 'muted hint' }, link, link && ' ', hint)

/** @param {string} name */
const errorOf = (name) => element('p', { id: `error-${name}`, class: 'error', part: 'error', hidden: true })

/**
 * Adds an element's id to those that describe a control.
 * @param {Element} control
 * @param {string} id
 */
export function describe(control, id) {
  control.setAttribute('aria-describedby', `${id} ${control.getAttribute('aria-describedby') ?? ''}`.trim())
}

/** @param {[string, string][]} pairs */
const choicesOf = (pairs) => pairs.map(([key, label]) => ({ key, label }))

/**
 * The fields of an event. Those of the person are always the same; audiences and questions are the event's.
 * @param {Event} event
 * @param {Locale} locale
 * @param {string} lang The language of the event's texts.
 */
export function fieldsOf(event, locale, lang) {
  const words = locale.words.form
  const fields = new Fields(words)
  const { audience_required: audienceRequired, questions } = event.registration
  const { url, version } = event.privacy_notice
  // Nobody can have read a notice that has no address.
  const privacy = url && isWebAddress(url)
    ? fields.box('privacy_accepted', 'privacy', { required: true, hint: fill(words.privacy_version, { version }) },
      element('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, words.privacy_link))
    : fields.box('privacy_accepted', 'privacy_without_notice', { required: true })
  const language = fields.select('language', words.language, choicesOf(locale.catalogue.languages), { hint: words.language_hint })
  const select = language.querySelector('select')
  if (select) {
    select.options[0].remove()
    select.value = locale.language
  }
  return [
    fields.input('name', { autocomplete: 'name' }, { required: true, hint: words.name_hint }),
    fields.input('email', { type: 'email', autocomplete: 'email', spellcheck: 'false' }, { required: true, hint: words.email_hint }),
    fields.input('organisation', { autocomplete: 'organization' }),
    fields.input('position', { autocomplete: 'organization-title' }),
    fields.input('city', { autocomplete: 'address-level2' }),
    fields.select('country', words.country, choicesOf(locale.catalogue.countries), {}, 'country'),
    ...(event.audiences.length > 0 ? [fields.choice('audience', words.audience, event.audiences, { required: audienceRequired, lang })] : []),
    ...questions.map((question) => fields.question(question, lang)),
    fields.area('access_needs', words.access_needs, { hint: words.access_needs_hint }),
    language,
    fields.box('newsletter', 'newsletter', {}),
    privacy,
  ]
}

/**
 * What to say at a field: what to do if it is empty, else the sentence of the API.
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {{ code: string, detail: string }} error
 * @param {import('./types.js').Words['form']} words
 */
export function sentence(form, name, { code, detail }, words) {
  const isBlank = new FormData(form).getAll(name).every((value) => String(value).trim() === '')
  const control = form.querySelector(`[name="${CSS.escape(name)}"]`)
  const type = control instanceof HTMLInputElement || control instanceof HTMLSelectElement ? control.type : ''
  if (name === 'name' && isBlank) return words.enter_name
  if (name === 'email' && isBlank) return words.enter_email
  if (name === 'email' && code === 'email') return words.correct_email
  if (name === 'privacy_accepted') return words.accept_privacy
  if (code === 'length') return detail
  if (type === 'checkbox') return words.choose_some
  if (type === 'radio' || type === 'select-one') return words.choose
  return isBlank ? words.answer : detail
}

/**
 * The body of a registration. Fields that were left empty are left out.
 * @param {HTMLFormElement} form
 * @param {Event} event
 */
export function bodyOf(form, event) {
  const data = new FormData(form)
  /** @param {string} name */
  const given = (name) => data.getAll(name).map(String).filter((value) => value.trim() !== '')
  /** @type {Record<string, unknown>} */
  const body = { privacy_accepted: data.has('privacy_accepted'), newsletter: data.has('newsletter') }
  for (const name of TEXTS) {
    const [value] = given(name)
    if (value) body[name] = value
  }
  /** @type {Record<string, unknown>} */
  const answers = {}
  for (const { key, kind } of event.registration.questions) {
    const values = given(`answers.${key}`)
    if (values.length === 0) continue
    answers[key] = kind === 'choices' ? values : kind === 'yes_no' ? values[0] === 'true' : values[0]
  }
  return { ...body, answers }
}
