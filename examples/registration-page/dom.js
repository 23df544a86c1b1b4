// Makes elements. Texts become text nodes, so that no value from the API can be markup.
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue
    if (key in made && !key.startsWith('aria')) made[key] = value
    else made.setAttribute(key, value)
  }
  made.append(...children.filter((child) => child !== null && child !== undefined))
  return made
}

// Shows a message and moves the focus to it, so that screen readers read it.
export function announce(place, ...children) {
  place.replaceChildren(...children)
  place.hidden = false
  place.tabIndex = -1
  place.focus()
}
