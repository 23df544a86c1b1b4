/** A client of the Plenaria API. The types are made from the specification; this module adds what every caller needs. */
export { createClient, type ClientOptions, type PlenariaClient } from './client.js'
export { items, changes, type Change, type ChangesOptions, type Page } from './lists.js'
export { ProblemError, isProblem, type FieldError, type Problem, type ProblemCode } from './problem.js'
export { clientCredentials, type ClientCredentialsOptions, type TokenSource } from './token.js'
export type { components, operations, paths } from './schema.js'
