// The form: made from the event, and read into the body of a request.
import { element } from './dom.js'

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
  #label(label, { required = false, lang }) {
    const text = element('span', { class: 'label-text', lang, dir: 'auto' }, label)
    return [text, !required && element('span', { class: 'muted' }, ` (${this.words.optional})`)]
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
      element('label', { for: control.id, part: 'label' }, ...this.#label(label, rules)),
      rules.hint && element('p', { id: `hint-${name}`, class: 'muted hint' }, rules.hint),
      errorOf(name), control)
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
    return this.field(name, label, element('textarea', { rows: 3, dir: 'auto', part: 'input' }), rules)
  }

  /**
   * Choices in a group with a legend. The first control has the field's id. Radio buttons without a required answer have one for
   * none, because they cannot be undone otherwise.
   * @param {'checkbox' | 'radio'} type
   * @param {string} name
   * @param {string} label
   * @param {Choice[]} choices
   * @param {Rules} rules
   */
  group(type, name, label, choices, rules) {
    const required = type === 'radio' && rules.required
    const option = (/** @type {string} */ key, /** @type {string} */ text, /** @type {string} */ id, /** @type {string} */ lang) => element('label', { class: 'option' },
      element('input', { type, name, value: key, id, required }), element('span', { lang, dir: 'auto' }, text))
    const options = choices.map(({ key, label: shown }, index) => option(key, shown, index === 0 ? `field-${name}` : '', rules.lang ?? ''))
    if (type === 'radio' && !required) options.push(option('', this.words.no_answer, '', ''))
    return element('fieldset', { class: 'field', part: 'field' },
      element('legend', { part: 'label' }, ...this.#label(label, rules)), errorOf(name), ...options)
  }

  /**
   * A box to tick.
   * @param {string} name
   * @param {'newsletter' | 'privacy'} label
   * @param {boolean} required
   * @param {Node | null} [after]
   */
  box(name, label, required, after = null) {
    const control = element('input', { type: 'checkbox', name, id: `field-${name}`, required })
    const text = element('span', { class: 'label-text' }, this.words[label])
    return element('div', { class: 'field', part: 'field' }, errorOf(name),
      element('label', { class: 'option', part: 'label' }, control, text), after)
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
      case 'choices': return this.group('checkbox', name, label, choices, rules)
      case 'yes_no':
        return this.group('radio', name, label, [{ key: 'true', label: this.words.yes }, { key: 'false', label: this.words.no }], { required })
      default: return this.area(name, label, rules)
    }
  }
}

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
  const { url } = event.privacy_notice
  const notice = url && /^https?:\/\//i.test(url)
    ? element('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, `${words.privacy_notice} (${locale.words.embed.new_tab})`) : null
  const language = fields.select('language', words.language, choicesOf(locale.catalogue.languages), { required: true })
  const select = language.querySelector('select')
  if (select) {
    select.options[0].remove()
    select.value = locale.language
  }
  return [
    fields.input('name', { autocomplete: 'name' }, { required: true }),
    fields.input('email', { type: 'email', autocomplete: 'email', spellcheck: 'false' }, { required: true }),
    fields.input('organisation', { autocomplete: 'organization' }),
    fields.input('position', { autocomplete: 'organization-title' }),
    fields.input('city', { autocomplete: 'address-level2' }),
    fields.select('country', words.country, choicesOf(locale.catalogue.countries), {}, 'country'),
    ...(event.audiences.length > 0 ? [fields.choice('audience', words.audience, event.audiences, { required: audienceRequired, lang })] : []),
    ...questions.map((question) => fields.question(question, lang)),
    fields.area('access_needs', words.access_needs, { hint: words.access_needs_hint }),
    language,
    fields.box('newsletter', 'newsletter', false),
    fields.box('privacy_accepted', 'privacy', true, notice),
  ]
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
