// Calls the API: JSON, languages, problems as exceptions, and retries that are safe.
import { API } from './config.js'
import { LANGUAGE } from './texts.js'

const ATTEMPTS = 4

// A problem document (RFC 9457). `problem.errors` lists the errors of single fields.
export class ProblemError extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title)
    this.problem = problem
  }
}

// The keys of POSTs that are not settled yet: the same request, sent again by the person, has the same key.
const keys = new Map()

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

// Whether the same request may succeed after a pause: there was no response, or one that says so.
function isTemporary(response) {
  return !response || [408, 502, 503, 504].includes(response.status) || response.body?.code === 'idempotency-in-progress'
}

// Whether the response says what became of the request. After an error of a server or a proxy, its effect may have happened.
const isSettled = (response) => !isTemporary(response) && response.status < 500

// Sends a request and returns `{status, body}`. After a failure that passes it is sent again; a POST has a key, so that its
// effect happens once. Anything else but success is a ProblemError.
export async function call(method, path, /** @type {{ body?: object, token?: string }} */ { body, token } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json', 'Accept-Language': LANGUAGE }
  if (token) headers.Authorization = `Bearer ${token}`
  if (body) headers['Content-Type'] = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const request = `${method} ${path} ${JSON.stringify(body)}`
  if (method === 'POST') {
    if (!keys.has(request)) keys.set(request, crypto.randomUUID())
    headers['Idempotency-Key'] = keys.get(request)
  }
  for (let attempt = 1; ; attempt += 1) {
    const sent = fetch(API + path, { method, headers, body: body && JSON.stringify(body) })
    const response = await sent.then(read).catch(() => null)
    if (attempt === ATTEMPTS || !isTemporary(response)) {
      if (isSettled(response)) keys.delete(request)
      return resultOf(response)
    }
    await pause(response?.retryAfter || 2 ** (attempt - 1))
  }
}

async function read(response) {
  const text = await response.text()
  // A proxy's own error page is no JSON.
  const isJson = response.headers.get('Content-Type')?.includes('json')
  // Seconds. A proxy's date is not a number, and is not used.
  const retryAfter = Number(response.headers.get('Retry-After'))
  return { ok: response.ok, status: response.status, title: response.statusText, body: isJson && text ? JSON.parse(text) : null, retryAfter }
}

function resultOf(response) {
  if (!response) throw new TypeError('no connection')
  const { ok, status, title, body } = response
  if (!ok) throw new ProblemError(body ?? { title, status })
  return { status, body }
}

export const registrationsPath = (event) => `/v1/events/${encodeURIComponent(event)}/registrations`

// Has the link that manages a registration mailed again. The response is the same whether or not the address is registered.
export const resendLink = (event, email) => call('POST', `${registrationsPath(event)}/resend`, { body: { email } })
