// Request samples: the request that an operation's form describes, in curl, TypeScript and Python.
//
// Secrets are never part of a sample: a token is read from the environment of the program.

export const LANGUAGES = {
  curl: { title: 'curl', syntax: 'bash', write: curl },
  typescript: { title: 'TypeScript', syntax: 'javascript', write: typescript },
  python: { title: 'Python', syntax: 'javascript', write: python },
}

const indent = (text, by) => text.replace(/\n/g, `\n${by}`)
const isJson = (type) => /[/+]json\b/.test(type ?? '')
const quotedForShell = (text) => `'${text.replace(/'/g, `'\\''`)}'`

// The JSON value of a body, or undefined if the body is something else.
function jsonOf({ body, contentType }) {
  if (!isJson(contentType)) return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function curl({ method, url, headers, body, authorization }) {
  const parts = [`curl${method === 'GET' || (method === 'POST' && body) ? '' : ` -X ${method}`} ${quotedForShell(url)}`]
  if (authorization === 'Bearer') parts.push('-H "Authorization: Bearer $TOKEN"')
  if (authorization === 'Basic') parts.push('-u "$CLIENT_ID:$CLIENT_SECRET"')
  for (const [name, value] of headers) parts.push(`-H ${quotedForShell(`${name}: ${value}`)}`)
  if (body) parts.push(`--data-raw ${quotedForShell(body)}`)
  return parts.join(' \\\n  ')
}

// An object in JavaScript's notation, with names quoted where necessary.
function literal(value, by = '') {
  const inner = `${by}  `
  if (Array.isArray(value)) return value.length ? `[${value.map((one) => literal(one, by)).join(', ')}]` : '[]'
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const name = (key) => (/^[a-z_$][\w$]*$/i.test(key) ? key : JSON.stringify(key))
  const members = Object.entries(value).map(([key, one]) => `\n${inner}${name(key)}: ${literal(one, inner)},`)
  return members.length ? `{${members.join('')}\n${by}}` : '{}'
}

function typescript(request) {
  const { method, url, headers, body, authorization, accept } = request
  const options = []
  if (method !== 'GET') options.push(`method: ${JSON.stringify(method)},`)
  const lines = headers.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)},`)
  if (authorization === 'Bearer') lines.unshift('Authorization: `Bearer ${process.env.TOKEN}`,')
  if (authorization === 'Basic') {
    lines.unshift('Authorization: `Basic ${btoa(`${process.env.CLIENT_ID}:${process.env.CLIENT_SECRET}`)}`,')
  }
  if (lines.length) options.push(`headers: {\n    ${lines.join('\n    ')}\n  },`)
  const json = jsonOf(request)
  if (json !== undefined) options.push(`body: JSON.stringify(${indent(literal(json), '  ')}),`)
  else if (body) options.push(`body: ${JSON.stringify(body)},`)
  const argument = options.length ? `, {\n  ${options.join('\n  ')}\n}` : ''
  return `const response = await fetch(${JSON.stringify(url)}${argument});
if (!response.ok) throw new Error(\`\${response.status}: \${await response.text()}\`);
console.log(await response.${isJson(accept) ? 'json' : 'text'}());`
}

// A value in Python's notation.
function pythonLiteral(value, by = '') {
  const inner = `${by}    `
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map((one) => pythonLiteral(one, by)).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value)
    .map(([key, one]) => `\n${inner}${JSON.stringify(key)}: ${pythonLiteral(one, inner)},`)
  return members.length ? `{${members.join('')}\n${by}}` : '{}'
}

function python(request) {
  const { method, url, headers, body, authorization, accept } = request
  const json = jsonOf(request)
  const members = headers.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
  if (authorization === 'Bearer') members.unshift(`"Authorization": f"Bearer {os.environ['TOKEN']}"`)
  const options = [`\n    ${JSON.stringify(method)},`, `\n    ${JSON.stringify(url)},`]
  if (members.length) options.push(`\n    headers={${members.join(', ')}},`)
  if (authorization === 'Basic') {
    options.push(`\n    auth=(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]),`)
  }
  if (json !== undefined) options.push(`\n    json=${pythonLiteral(json, '    ')},`)
  else if (body) options.push(`\n    content=${JSON.stringify(body)},`)
  const imports = authorization ? 'import os\n\nimport httpx' : 'import httpx'
  return `${imports}

response = httpx.request(${options.join('')}
)
response.raise_for_status()
print(response.${isJson(accept) ? 'json()' : 'text'})`
}
