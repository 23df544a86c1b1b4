// Calls the API: JSON, problems as exceptions, and retries that are safe.

/** @typedef {import('./types.js').Problem} Problem */
/** @typedef {{ ok: boolean, status: number, language: string | null, retryAfter: number, body: any }} Answer */

const ATTEMPTS = 3
/** The longest pause before an attempt, in seconds. */
const MAX_PAUSE = 10

/** A problem document (RFC 9457). Its `errors` are those of single fields. */
export class ProblemError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail ?? problem.title)
    this.problem = problem
  }
}

/** There was no response, or none of the API. */
export class ConnectionError extends Error {}

/** @param {number} seconds */
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/**
 * Whether the same request may succeed after a pause.
 * @param {Answer | null} answer
 */
function isTemporary(answer) {
  return !answer || [408, 502, 503, 504].includes(answer.status) || answer.body?.code === 'idempotency-in-progress'
}

/**
 * The response with its body. A body that should be JSON and is not comes from something between the page and the API.
 * @param {Response} response
 * @returns {Promise<Answer>}
 */
async function read(response) {
  const isJson = response.headers.get('Content-Type')?.includes('json')
  const body = isJson ? await response.json() : null
  if (response.ok && !body) throw new ConnectionError()
  return {
    ok: response.ok,
    status: response.status,
    language: response.headers.get('Content-Language'),
    retryAfter: Number(response.headers.get('Retry-After')) || 0,
    body,
  }
}

/** The API at one address, in one language. */
export class Api {
  /**
   * The keys of POSTs that are not settled yet: the same request, sent again by the person, has the same key.
   * @type {Map<string, string>}
   */
  #keys = new Map()

  /**
   * @param {string} base The address, without a slash at the end.
   * @param {string} language
   */
  constructor(base, language) {
    this.base = base
    this.language = language
  }

  /** @param {string} path */
  get(path) {
    return this.#call(path, { method: 'GET', headers: { Accept: 'application/json', 'Accept-Language': this.language } })
  }

  /**
   * Sends a request whose effect happens once, however often it is repeated.
   * @param {string} path
   * @param {object} content
   */
  async post(path, content) {
    const body = JSON.stringify(content)
    const request = `${path} ${body}`
    const key = this.#keys.get(request) ?? newKey()
    this.#keys.set(request, key)
    const headers = {
      Accept: 'application/json', 'Accept-Language': this.language, 'Content-Type': 'application/json', 'Idempotency-Key': key,
    }
    try {
      const answer = await this.#call(path, { method: 'POST', headers, body })
      this.#keys.delete(request)
      return answer
    } catch (error) {
      // After an error of a server or a proxy, the effect may have happened: the next attempt has the same key.
      const { status = 500, code } = error instanceof ProblemError ? error.problem : {}
      if (status < 500 && status !== 408 && code !== 'idempotency-in-progress') this.#keys.delete(request)
      throw error
    }
  }

  /**
   * @param {string} path
   * @param {RequestInit} init
   * @returns {Promise<Answer>}
   */
  async #call(path, init) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await fetch(this.base + path, { ...init, credentials: 'omit', referrerPolicy: 'no-referrer' }).then(read).catch(() => null)
      if (attempt < ATTEMPTS && isTemporary(answer)) {
        await pause(Math.min(answer?.retryAfter || 2 ** (attempt - 1), MAX_PAUSE))
      } else if (!answer) {
        throw new ConnectionError()
      } else if (!answer.ok) {
        throw new ProblemError({ title: '', ...answer.body, status: answer.status })
      } else {
        return answer
      }
    }
  }
}

/** A random key. `randomUUID` exists on secure pages alone. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
