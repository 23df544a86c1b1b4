// Fills in the form of an event as a person does.
export const PERSON = { name: 'Ana Pérez', organisation: 'Ajuntament de Badalona', position: 'Directora', city: 'Badalona', country: 'ES' }

export const field = (page, name) => page.locator(`[id="field-${name}"]`)

export const control = (page, name, value) => page.locator(`#registration-form [name="${name}"]${value === undefined ? '' : `[value="${value}"]`}`)

// Fills in the fields of the form with these values; lists are checkboxes, and radio buttons are pressed.
export async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) await fillOne(page, name, one)
  }
}

async function fillOne(page, name, value) {
  const controls = page.locator(`main form [name="${name}"]`)
  const [tag, type] = await controls.first().evaluate((element) => [element.tagName, element.type])
  if (tag === 'SELECT') return controls.first().selectOption(value)
  if (type === 'radio') return page.locator(`main form [name="${name}"][value="${value}"]`).check()
  if (type === 'checkbox') {
    const box = value === true ? controls.first() : page.locator(`main form [name="${name}"][value="${value}"]`)
    return box.check()
  }
  return controls.first().fill(value)
}

export const send = (page) => page.locator('#registration-form').locator('button:not([type=button]), input[type=submit]').last().click()

// What every event asks for.
export const basics = (email) => ({ name: PERSON.name, email, privacy_accepted: true })
