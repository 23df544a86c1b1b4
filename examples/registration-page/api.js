// Calls the API: JSON, languages, problems as exceptions, and retries that are safe.
import { API } from './config.js'
import { LANGUAGE } from './texts.js'

const ATTEMPTS = 4

// A problem document (RFC 9457). `problem.errors` lists the faults of single fields.
export class ProblemError extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title)
    this.problem = problem
  }
}

// The keys of POSTs that have had no response yet: the same request, sent again by the person, has the same key.
const keys = new Map()

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

// Sends a request and returns `{status, body}`. A request without a response, or with 503, is sent again; a POST has a key,
// so that its effect happens once. Anything else but success is a ProblemError.
export async function call(method, path, { body, token } = {}) {
  const headers = { Accept: 'application/json', 'Accept-Language': LANGUAGE }
  if (token) headers.Authorization = `Bearer ${token}`
  if (body) headers['Content-Type'] = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const request = `${method} ${path} ${JSON.stringify(body)}`
  if (method === 'POST') {
    if (!keys.has(request)) keys.set(request, crypto.randomUUID())
    headers['Idempotency-Key'] = keys.get(request)
  }
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(API + path, { method, headers, body: body && JSON.stringify(body) }).catch(() => null)
    if (response && response.status !== 503) {
      keys.delete(request)
      return read(response)
    }
    if (attempt === ATTEMPTS) return response ? read(response) : Promise.reject(new TypeError('no connection'))
    await pause(Number(response?.headers.get('Retry-After') ?? 2 ** (attempt - 1)))
  }
}

async function read(response) {
  const text = await response.text()
  // A proxy's own error page is no JSON.
  const isJson = response.headers.get('Content-Type')?.includes('json')
  const body = isJson && text ? JSON.parse(text) : null
  if (!response.ok) throw new ProblemError(body ?? { title: response.statusText, status: response.status })
  return { status: response.status, body }
}

export const registrationsPath = (event) => `/v1/events/${encodeURIComponent(event)}/registrations`
