// The reference: Swagger UI with request samples, a search, and values that one operation's response gives to the next.
import { LANGUAGES } from './samples.js'

const MAIN = document.getElementById('swagger-ui')
const METHODS = ['get', 'put', 'post', 'delete', 'patch']
// Optional parameters whose example is filled in nevertheless, because the operation rejects a request without them.
const FILLED_IN = { put_definition: ['If-Match'] }
// Operations whose response contains an id that is a parameter of others, and where it is.
const SOURCES = {
  create_registration: ['registration', (body) => body.id],
  confirm_registration: ['registration', (body) => body.id],
  list_registrations: ['registration', (body) => body.data[0]?.id],
  create_registrations_batch: ['registration', (body) => body.results[0]?.registration?.id],
  create_webhook_endpoint: ['endpoint', (body) => body.id],
  list_webhook_endpoints: ['endpoint', (body) => body.data[0]?.id],
  list_webhook_deliveries: ['delivery', (body) => body.data[0]?.id],
}

const specification = await (await fetch('../openapi.json')).json()

function operations() {
  return Object.entries(specification.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method] })))
}

// Follows a reference within the specification.
const resolve = (value) => (value?.$ref
  ? value.$ref.split('/').slice(1).reduce((part, name) => part[name.replace(/~1/g, '/')], specification)
  : value)

// Swagger UI fills in every example, so that a list would be filtered by all filters at once. Examples of optional parameters
// become part of the description.
function prepare() {
  specification.servers = [{ url: location.origin }]
  // The secret of a client goes to this server, whatever public URL is configured.
  const { oauth2 } = specification.components.securitySchemes
  oauth2.flows.clientCredentials.tokenUrl = new URL('/oauth/token', location.origin).href
  for (const { operation } of operations()) {
    operation.parameters = operation.parameters?.map((parameter) => {
      const { example, ...rest } = resolve(parameter)
      const isFilledIn = rest.required || FILLED_IN[operation.operationId]?.includes(rest.name)
      if (isFilledIn || example === undefined) return { example, ...rest }
      const { example: _, ...schema } = rest.schema ?? {}
      return { ...rest, schema, description: `${rest.description ?? ''}\n\nExample: \`${example}\`` }
    })
  }
}

// The words of a text, for the search.
const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean)

// Operations that contain every word of the phrase.
function opsFilter(taggedOperations, phrase) {
  const isFound = (tag) => (one) => {
    const { operationId, summary, description } = one.get('operation').toObject()
    const text = [tag, one.get('method'), one.get('path'), operationId, summary, description].join(' ').toLowerCase()
    return words(phrase).every((word) => text.includes(word))
  }
  const found = taggedOperations.map((group, tag) => group.update('operations', (list) => list.filter(isFound(tag))))
  return found.filter((group) => group.get('operations').size > 0)
}

// Shows the guides and webhooks that contain every word.
function filterOthers(phrase) {
  for (const item of document.querySelectorAll('.guides li, .webhooks-container .opblock')) {
    item.hidden = !words(phrase).every((word) => item.textContent.toLowerCase().includes(word))
  }
}

// How the operation authenticates, if it must.
function authorizationOf(operation) {
  const security = operation.security ?? []
  if (security.some((one) => one.clientBasic)) return 'Basic'
  return security.length && !security.some((one) => Object.keys(one).length === 0) ? 'Bearer' : null
}

// The request that the form of an operation describes.
function describe({ fn, specSelectors, oas3Selectors }, path, method) {
  const { requestContentType, responseContentType } = specSelectors.contentTypeValues([path, method]).toJS()
  const body = oas3Selectors.requestBodyValue(path, method)
  const operation = specification.paths[path][method]
  const request = fn.buildRequest({
    spec: specification,
    operationId: operation.operationId,
    parameters: specSelectors.parameterValues([path, method]).toJS(),
    requestContentType,
    responseContentType,
    requestBody: body?.toJS ? body.map((one) => one.get?.('value') ?? one).filter(Boolean).toJS() : body,
    server: location.origin,
  })
  const { Accept, accept, Authorization, ...headers } = request.headers
  // The header is needed only where there is a choice.
  const [mediaType] = Object.keys(resolve(operation.responses[200])?.content ?? {})
  if (responseContentType && mediaType && responseContentType !== mediaType) headers.Accept = responseContentType
  return {
    method: request.method.toUpperCase(),
    url: request.url,
    headers: Object.entries(headers),
    body: typeof request.body === 'object' ? JSON.stringify(request.body, null, 2) : request.body,
    contentType: headers['Content-Type'],
    accept: responseContentType,
    authorization: authorizationOf(operation),
  }
}

const Samples = (system) => ({ path, method }) => {
  const { React, getComponent } = system
  const [language, choose] = React.useState('curl')
  const HighlightCode = getComponent('HighlightCode', true)
  let text
  try {
    text = LANGUAGES[language].write(describe(system, path, method))
  } catch (error) {
    text = `The form is not complete: ${error.message}`
  }
  const tabs = Object.entries(LANGUAGES).map(([key, { title }]) => React.createElement('button', {
    key, type: 'button', role: 'tab', 'aria-selected': key === language, onClick: () => choose(key),
  }, title))
  return React.createElement('section', { className: 'samples' },
    React.createElement('div', { className: 'tabs', role: 'tablist', 'aria-label': 'Request sample' }, tabs),
    React.createElement(HighlightCode, { language: LANGUAGES[language].syntax, canCopy: true }, text))
}

// The responses of an operation, without the errors until they are wanted: every operation has many.
const ResponsesInSteps = ({ React }) => ({ Responses, ...props }) => {
  const [isComplete, complete] = React.useState(false)
  const isError = (_, status) => Number(status) >= 400
  const errors = props.responses.filter(isError)
  const responses = isComplete ? props.responses : props.responses.filterNot(isError)
  return React.createElement(React.Fragment, null,
    React.createElement(Responses, { ...props, responses }),
    isComplete || !errors.size ? null : React.createElement('button',
      { type: 'button', className: 'show-errors', onClick: () => complete(true) },
      `Show the errors: ${errors.keySeq().join(', ')}`))
}

const plugin = (system) => ({
  fn: { opsFilter },
  components: {
    RequestSamples: Samples(system),
    ResponsesInSteps: ResponsesInSteps(system),
    // The page itself says what the API is and has a search, and there is only one server.
    InfoContainer: () => null,
    ServersContainer: () => null,
    FilterContainer: () => null,
    // The samples replace the command that Swagger UI shows with a response.
    curl: () => null,
  },
  statePlugins: {
    spec: {
      wrapActions: {
        setResponse: (original, system) => (path, method, response) => {
          carryOver(system, specification.paths[path][method].operationId, response)
          return original(path, method, response)
        },
      },
    },
  },
  wrapComponents: {
    responses: (Responses, { React, getComponent }) => (props) => React.createElement(React.Fragment, null,
      React.createElement(getComponent('RequestSamples'), { path: props.path, method: props.method }),
      React.createElement(getComponent('ResponsesInSteps'), { ...props, Responses })),
    headers: (Headers, { React }) => (props) => React.createElement('details', { className: 'response-headers' },
      React.createElement('summary', null, 'Headers'), React.createElement(Headers, props)),
  },
})

// Fills the id from a response into the other operations. The token of a registration authorizes them.
function carryOver({ specActions, specSelectors, authActions }, operationId, { ok, status, body }) {
  if (!ok || !body || status === 202) return
  const [name, read] = SOURCES[operationId] ?? []
  const id = name && read(body)
  if (id) {
    for (const { path, method } of operations()) {
      if (path.includes(`{${name}}`)) specActions.changeParam([path, method], name, 'path', id, false)
    }
  }
  if (body.manage_token) {
    const schema = specSelectors.securityDefinitions().get('bearerAuth')
    authActions.authorize({ bearerAuth: { name: 'bearerAuth', schema, value: body.manage_token } })
  }
}

// Reads the beginning of a stream of events, which would otherwise never end.
async function fetchBounded(url, options) {
  const response = await fetch(url, options)
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!/^data:.*\n\n/ms.test(text)) {
    const { done, value } = await reader.read()
    if (done) break
    text += value
  }
  await reader.cancel()
  return Object.defineProperty(new Response(text, response), 'url', { value: response.url })
}

function followColourScheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const apply = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
  dark.addEventListener('change', apply)
  apply()
}

followColourScheme()
prepare()
const { layoutActions } = SwaggerUIBundle({
  spec: specification,
  domNode: MAIN,
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [plugin],
  deepLinking: true,
  filter: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor: (request) => Object.assign(request, { userFetch: fetchBounded }),
})

const search = document.getElementById('search')
search.addEventListener('input', () => {
  layoutActions.updateFilter(search.value)
  filterOthers(search.value)
})
