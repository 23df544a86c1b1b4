// Makes elements. Texts become text nodes, so that no value of an event can be markup.

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An element with these attributes; null, undefined, false and an empty id or language leave one out.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false || (value === '' && key !== 'value')) continue
    made.setAttribute(key, value === true ? '' : String(value))
  }
  made.append(...present(children))
  return made
}

/**
 * The children that are there.
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
export function present(children) {
  return children.flatMap((child) => (child === null || child === undefined || child === false || child === '' ? [] : [child]))
}

/** @param {string} url */
export const isWebAddress = (url) => /^https?:\/\//i.test(url)

/**
 * A link if the address is one of the web, else its text alone.
 * @param {string | null} url
 * @param {string} text
 * @param {Record<string, string>} [attributes]
 */
export function link(url, text, attributes = {}) {
  if (!url || !isWebAddress(url)) return element('span', { dir: 'auto' }, text)
  return element('a', { href: url, dir: 'auto', rel: 'noreferrer', ...attributes }, text)
}

/**
 * Moves the focus to an element that is not reached with the tab key.
 * @param {HTMLElement} target
 */
export function focus(target) {
  target.tabIndex = -1
  target.focus()
}
