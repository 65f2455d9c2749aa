import { isDigitCode, isWordCode, MAX_SPAN_CHARS, type Found, type Recogniser } from '../recogniser.ts'

const SECRET = { kind: 'secret', sensitivity: 4, regions: [], checksum: false, certain: true } as const

export const secrets: readonly Recogniser[] = [
  {
    ...SECRET,
    entity: 'PRIVATE_KEY',
    finder: { at: '-', find: findPem },
    context: { en: 'private key', hi: 'निजी कुंजी', mr: 'खाजगी की', ar: 'مفتاح خاص' },
  },
  {
    ...SECRET,
    entity: 'JWT',
    shapes: [{ pattern: /eyJ[\w-]{8}/, score: 0.9, extend: jwtEnd }],
    context: { en: 'token, jwt, bearer', hi: 'टोकन', mr: 'टोकन', ar: 'رمز' },
  },
  {
    ...SECRET,
    entity: 'API_KEY',
    shapes: [
      // Forms that their makers publish so that they can be found: each with its own beginning.
      {
        pattern: /(?:sk|pk|rk)[-_](?:live|test|proj|ant|or|svcacct|admin)[-_][\w-]{12}/,
        score: 0.95,
        extend: keyEnd,
      },
      { pattern: /sk-[A-Za-z0-9]{20}/, score: 0.9, extend: keyEnd },
      {
        pattern: /gh[pousr]_\w{20}|github_pat_\w{20}|glpat-[\w-]{16}|gl(?:ptt|dt|rt|soat)-[\w-]{16}/,
        score: 0.95,
        extend: keyEnd,
      },
      { pattern: /(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}/, score: 0.95 },
      { pattern: /AIza[\w-]{30}|GOCSPX-[\w-]{20}|ya29\.[\w-]{20}/, score: 0.95, extend: keyEnd },
      { pattern: /xox[abeoprs]-[A-Za-z0-9-]{10}|xapp-\d-[A-Za-z0-9-]{10}/, score: 0.95, extend: keyEnd },
      {
        pattern:
          /hf_[A-Za-z]{20}|hf_[A-Za-z0-9]{20}|r8_[A-Za-z0-9]{20}|gsk_[A-Za-z0-9]{20}|xai-[A-Za-z0-9]{20}|pplx-[A-Za-z0-9]{20}/,
        score: 0.95,
        extend: keyEnd,
      },
      {
        pattern:
          /npm_[A-Za-z0-9]{30}|pypi-[\w-]{30}|dop_v1_[a-f0-9]{30}|shpat_[a-fA-F0-9]{30}|sq0[a-z]{3}-[\w-]{20}/,
        score: 0.95,
        extend: keyEnd,
      },
      {
        pattern:
          /SG\.[\w-]{16}|key-[a-f0-9]{32}|dapi[a-f0-9]{30}|lin_api_\w{20}|sntrys_\w{20}|PMAK-[a-f0-9-]{20}/,
        score: 0.95,
        extend: keyEnd,
      },
    ],
    finder: { at: ':=', find: findAssigned(['API_KEY']) },
    context: {
      en: 'api key, apikey, token, access key, secret key, bearer, authorization',
      hi: 'एपीआई कुंजी, टोकन',
      mr: 'एपीआय की, टोकन',
      ar: 'مفتاح, رمز',
    },
  },
  {
    ...SECRET,
    entity: 'PASSWORD',
    finder: { at: ':=\'"', find: findPassword },
    context: {
      en: 'password, passwd, passphrase',
      hi: 'पासवर्ड, कूटशब्द',
      mr: 'पासवर्ड, परवलीचा शब्द',
      ar: 'كلمة المرور, كلمة السر',
    },
  },
  {
    ...SECRET,
    entity: 'CONNECTION_STRING',
    finder: { at: ':', find: findConnection },
    context: { en: 'database, dsn, connection', hi: 'डेटाबेस', mr: 'डेटाबेस', ar: 'قاعدة البيانات' },
  },
]

/** A key that was cut off has no last line: everything that could belong to it is taken. */
function findPem(text: string, at: number, found: Found): void {
  if (text[at - 1] === '-' || !text.startsWith('-----BEGIN ', at)) return
  const head = text.slice(at, at + 64)
  if (!/^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/.test(head)) return
  const window = text.slice(at, at + MAX_SPAN_CHARS)
  const last = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/.exec(window)
  const body = /^-----BEGIN [A-Z0-9 ]{0,60}-----[A-Za-z0-9+/=\\\s:,.-]*/.exec(window)
  found(at, at + (last === null ? (body?.[0] ?? head).trimEnd().length : last.index + last[0].length), 1)
}

const MAX_KEY_CHARS = 2_048

function keyEnd(text: string, start: number, end: number): number {
  let to = end
  while (to - start < MAX_KEY_CHARS && isKeyCode(text.charCodeAt(to))) to += 1
  while (to > end && text[to - 1] === '-') to -= 1
  return to
}

function isKeyCode(code: number): boolean {
  return isWordCode(code) || code === 0x2d
}

/** Three parts of base64url with dots between (RFC 7515); the last may be missing where it was cut. */
function jwtEnd(text: string, start: number, end: number): number {
  // Before anything is read: in a text of nothing but beginnings each would be followed for eight thousand characters.
  const dot = text.slice(start, start + MAX_KEY_CHARS).indexOf('.')
  if (dot === -1 || !isKeyCode(text.charCodeAt(start + dot + 1))) return -1
  let to = end
  let dots = 0
  while (to - start < MAX_SPAN_CHARS) {
    const code = text.charCodeAt(to)
    if (code === 0x2e && dots < 2 && isKeyCode(text.charCodeAt(to + 1))) dots += 1
    else if (!isKeyCode(code)) break
    to += 1
  }
  return dots === 0 ? -1 : to
}

const NAMES = {
  PASSWORD: new Set(['password', 'passwd', 'passphrase', 'pwd', 'passwort', 'contraseña', 'pw', 'pass']),
  API_KEY: new Set(
    'apikey key token secret accesstoken authtoken accesskey secretkey clientsecret privatekey apitoken apisecret bearertoken refreshtoken accesskeyid secretaccesskey authorization credential credentials'.split(
      ' ',
    ),
  ),
} as const

/** `api_key = "…"`, `token: …`: what stands behind such a name and looks like nobody's word. */
function findAssigned([kind]: readonly ['API_KEY']): (text: string, at: number, found: Found) => void {
  return (text, at, found) => {
    const name = nameBefore(text, at)
    if (
      !NAMES[kind].has(name) &&
      !/(?:apikey|accesskey|secretkey|authtoken|accesstoken|clientsecret)$/.test(name)
    )
      return
    const value = valueAfter(text, at + 1)
    if (value !== undefined && isKeyLike(text.slice(value.start, value.end)))
      found(value.start, value.end, 0.8)
  }
}

function findPassword(text: string, at: number, found: Found): void {
  const quoted = text[at] === "'" || text[at] === '"'
  if (quoted ? !/identified by $/i.test(text.slice(Math.max(0, at - 14), at)) : !isPasswordName(text, at))
    return
  const value = valueAfter(text, quoted ? at : at + 1)
  if (value !== undefined && isPasswordLike(text.slice(value.start, value.end)))
    found(value.start, value.end, 0.75)
}

function isPasswordName(text: string, at: number): boolean {
  const name = nameBefore(text, at)
  return (
    NAMES.PASSWORD.has(name) ||
    /(?:password|passwd|pass|pwd)$/.test(name) ||
    /कूटशब्द$|पासवर्ड$|كلمة المرور$|كلمة السر$/.test(name)
  )
}

/** The name that is assigned to, in small letters without `_`, `-` and quotes. */
function nameBefore(text: string, at: number): string {
  let end = at
  while (end > 0 && at - end < 4 && ' "\'`*]'.includes(text[end - 1] ?? '')) end -= 1
  // The colons of clocks and of tables of numbers: most that there are.
  if (!isNameCode(text.charCodeAt(end - 1)) || isDigitCode(text.charCodeAt(end - 1))) return ''
  let start = end
  while (start > 0 && end - start < 40 && isNameCode(text.charCodeAt(start - 1))) start -= 1
  const name = text.slice(start, end).toLowerCase()
  return name.includes('_') || name.includes('-') ? name.replace(/[_-]/g, '') : name
}

function isNameCode(code: number): boolean {
  return isWordCode(code) || code === 0x2d || code >= 0xc0
}

const MAX_VALUE_CHARS = 512

function valueAfter(text: string, from: number): { start: number; end: number } | undefined {
  let start = from
  while (start - from < 6 && ' =>:'.includes(text[start] ?? '\n')) start += 1
  const quote = text[start] ?? ''
  const quoted = quote === '"' || quote === "'" || quote === '`'
  if (quoted) start += 1
  let end = valueEnd(text, start, quoted ? quote : 'none')
  if (!quoted) while (end > start && '.,;:)]}!?'.includes(text[end - 1] ?? '')) end -= 1
  return end > start ? { start, end } : undefined
}

function valueEnd(text: string, start: number, quote: keyof typeof VALUES): number {
  const value = VALUES[quote]
  value.lastIndex = start
  value.test(text)
  return value.lastIndex
}

/** Of `MAX_VALUE_CHARS` at most; always matches, and begins where it is told to. */
const VALUES = {
  '"': valueUpTo('"\\n'),
  "'": valueUpTo("'\\n"),
  '`': valueUpTo('`\\n'),
  none: valueUpTo(' \\t\\n\\r"\'`,;<>'),
} as const

function valueUpTo(ends: string): RegExp {
  return new RegExp(`[^${ends}]{0,${MAX_VALUE_CHARS}}`, 'y')
}

/** Not a word, not a placeholder, not code: letters of both sizes, or letters with digits or signs. */
function isPasswordLike(value: string): boolean {
  if (value.length < 6 || value.length > 128 || isPlaceholder(value)) return false
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length
  return (
    kinds >= 2 &&
    !/^[A-Z]?[a-z]+$/.test(value) &&
    !/^[A-Za-z]+[.(_-]?[A-Za-z]*\(?\)?$/.test(value.replace(MIXED, 'Z9'))
  )
}

/** Small and large letters in disorder, as nobody writes words. */
const MIXED = /[a-z][A-Z]+[a-z]+[A-Z]|[A-Z]{2}[a-z]+[A-Z]/

function isKeyLike(value: string): boolean {
  if (value.length < 16 || !/\d/.test(value) || !/[A-Za-z]/.test(value)) return false
  return /^[\w+/=.~-]{16,512}$/.test(value) && !isPlaceholder(value)
}

function isPlaceholder(value: string): boolean {
  return /^(?:\$|<|\{|%|\*|x{3}|X{3}|\.{3}|your|my|example|process\.|os\.|env\.|null|none|undefined|true|false|https?:)/i.test(
    value,
  )
}

const DATABASES: ReadonlySet<string> = new Set(
  'postgres postgresql mysql mariadb mongodb redis rediss amqp amqps mssql sqlserver oracle clickhouse cassandra jdbc ldap ldaps smtp smtps imap couchdb cockroachdb nats kafka srv'.split(
    ' ',
  ),
)

/** `postgres://user:password@host/db`: the whole of it, because the host without the password is still a way in. */
function findConnection(text: string, colon: number, found: Found): void {
  if (text.charCodeAt(colon + 1) !== 0x2f || text.charCodeAt(colon + 2) !== 0x2f) return
  let start = colon
  while (start > 0 && colon - start < 24 && isSchemeCode(text.charCodeAt(start - 1))) start -= 1
  const words = text.slice(start, colon).toLowerCase().split(/[+:]/)
  const database = words.some((word) => DATABASES.has(word))
  const from = colon + 3
  if (!hasPassword(text, from) || (!database && words.length > 1)) return
  const rest = /^[^\s"'`<>]{1,1024}/.exec(text.slice(from, from + 1_024))?.[0] ?? ''
  found(start, from + rest.replace(/[.,;:)]+$/, '').length, database ? 0.95 : 0.9)
}

/** `user:password@`, where the user may be missing. */
function hasPassword(text: string, from: number): boolean {
  let colon = -1
  for (let at = from; at < from + 384; at += 1) {
    const letter = text[at] ?? ' '
    if (letter === '@') return colon !== -1 && at > colon + 1
    if (letter === ':' && colon === -1) colon = at
    else if (letter === '/' || letter === '"' || letter <= ' ') return false
  }
  return false
}

function isSchemeCode(code: number): boolean {
  return isWordCode(code) || code === 0x2b || code === 0x3a || code === 0x2d
}
