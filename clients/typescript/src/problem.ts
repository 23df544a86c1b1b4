import type { components } from './schema.js'

/** A problem document (RFC 9457). */
export type Problem = components['schemas']['Problem']
export type ProblemCode = Problem['code']
/** What is wrong with one field; `pointer` is a JSON pointer (RFC 6901) into the body that was sent. */
export type FieldError = NonNullable<Problem['errors']>[number]

/** The API answered with a problem. `message` is in the language of the request and meant for people. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  /** Seconds to wait, if the answer said how long. */
  readonly retryAfter: number | undefined

  constructor(
    readonly problem: Problem,
    readonly response: Response,
  ) {
    super(problem.detail || problem.title)
    this.retryAfter = retryAfter(response)
  }

  get code(): ProblemCode {
    return this.problem.code
  }

  get status(): number {
    return this.problem.status
  }

  /** What is wrong with the fields; empty unless the code is `validation-failed`. */
  get fields(): readonly FieldError[] {
    return this.problem.errors ?? []
  }

  /** The first error of a field, named by its JSON pointer (`/email`). */
  field(pointer: string): FieldError | undefined {
    return this.fields.find((error) => error.pointer === pointer)
  }
}

/** Whether an error is a problem with this code: `if (isProblem(error, 'event-full')) …`. Without a code: any problem. */
export function isProblem(error: unknown, code?: ProblemCode): error is ProblemError {
  return error instanceof ProblemError && (code === undefined || error.code === code)
}

/** The problem that a response carries. Answers of proxies, which have no problem document, are described by their status. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const type = response.headers.get('Content-Type') ?? ''
  if (type.startsWith('application/problem+json')) {
    return new ProblemError((await response.json()) as Problem, response)
  }
  await response.body?.cancel()
  const isTemporary = response.status === 429 || response.status >= 502
  const problem = {
    type: 'about:blank',
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    code: isTemporary ? 'overloaded' : 'internal',
    detail: `The answer has the status ${response.status} and no problem document.`,
    instance: new URL(response.url || 'about:blank').pathname,
    request_id: response.headers.get('Request-Id') ?? '',
    retryable: isTemporary,
  }
  return new ProblemError(problem as Problem, response)
}

/** `Retry-After` in seconds: the API sends seconds; proxies may send a date. */
export function retryAfter(response: Response): number | undefined {
  const value = response.headers.get('Retry-After')
  if (value === null) return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000)
}
