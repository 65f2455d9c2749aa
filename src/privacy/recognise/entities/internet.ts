import { isDigitCode, isWordCode, type Found, type Recogniser } from '../recogniser.ts'
import { isKnownTld, looksLikeFile } from './top-level-domains.ts'

export const internet: readonly Recogniser[] = [
  {
    entity: 'EMAIL_ADDRESS',
    kind: 'contact',
    sensitivity: 2,
    regions: [],
    finder: { at: '@%', find: findEmail },
    verify: (value) =>
      /^[^\s@]{1,64}@[^\s@]{1,253}$/.test(value) && isKnownTld(value.slice(value.lastIndexOf('.') + 1)),
    checksum: false,
    certain: true,
    context: {
      en: 'email, mail, e-mail',
      hi: 'ईमेल',
      mr: 'ईमेल, ई-मेल',
      ar: 'البريد, بريد, البريد الإلكتروني',
    },
  },
  {
    entity: 'IN_UPI',
    kind: 'financial',
    sensitivity: 3,
    regions: ['IN'],
    finder: { at: '@', find: findUpi },
    checksum: false,
    certain: true,
    context: {
      en: 'upi, vpa, pay, gpay, phonepe, paytm, bhim, upi id',
      hi: 'यूपीआई, यूपीआई आईडी, भुगतान',
      mr: 'यूपीआय, यूपीआय आयडी, पेमेंट',
    },
  },
  {
    entity: 'URL',
    kind: 'online',
    sensitivity: 1,
    regions: [],
    finder: { at: ':.', find: findUrl },
    checksum: false,
    specific: true,
    context: {
      en: 'url, website, link, site',
      hi: 'वेबसाइट, लिंक',
      mr: 'संकेतस्थळ, वेबसाइट, लिंक',
      ar: 'رابط, موقع, الموقع',
    },
  },
]

const MAX_LOCAL_CHARS = 128
const MAX_HOST_CHARS = 255

/** `%40` is how an `@` travels in a URL. */
function findEmail(text: string, at: number, found: Found): void {
  const encoded = text[at] === '%'
  if (encoded && !text.startsWith('%40', at)) return
  const start = localStart(text, at)
  if (start === at || isCredential(text, start, at)) return
  const end = mailHostEnd(text, at + (encoded ? 3 : 1))
  if (end === -1) return
  const tld = text.slice(lastDot(text, at, end) + 1, end)
  found(start, end, isKnownTld(tld) ? 1 : 0.5)
}

/** `https://ghp_…@github.com`: a secret, and what would take it for an address would say that it leads to a person only. */
function isCredential(text: string, start: number, at: number): boolean {
  return at - start >= 20 && text.startsWith('://', start - 3) && /\d/.test(text.slice(start, at))
}

/** Backwards over what may stand before an `@`: letters of any script, digits, and signs that people do use. */
function localStart(text: string, at: number): number {
  let start = at
  while (start > 0 && at - start < MAX_LOCAL_CHARS && isLocal(text, start - 1)) start -= 1
  // Quotes, dots and signs before the first letter belong to the sentence.
  while (start < at && !isWordCode(text.charCodeAt(start)) && text.charCodeAt(start) < 0x80) start += 1
  return start
}

function isLocal(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code < 0x80) return isWordCode(code) || ".+-'%&".includes(text[at] ?? '')
  // Scripts without spaces: a letter of theirs right before a Latin one is the sentence before the address.
  if (isUnspacedScript(code) && isLatinLetter(text.charCodeAt(at + 1))) return false
  return isForeignLetter(code)
}

function isLatinLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
}

function isUnspacedScript(code: number): boolean {
  return (
    (code >= 0x0e00 && code <= 0x0eff) ||
    (code >= 0x3040 && code <= 0x30ff) ||
    (code >= 0x3400 && code <= 0xd7a3)
  )
}

function isForeignLetter(code: number): boolean {
  return (
    code >= 0xc0 &&
    !(code >= 0x2000 && code <= 0x2bff) &&
    !(code >= 0x3000 && code <= 0x303f) &&
    code < 0xff00
  )
}

/** The end of a host name with at least one dot and a top-level domain of letters; -1: there is none. */
function mailHostEnd(text: string, from: number): number {
  let end = from
  while (end < text.length && end - from < MAX_HOST_CHARS && isHost(text.charCodeAt(end))) end += 1
  return trimmedHost(text, from, end)
}

function isHost(code: number): boolean {
  return isWordCode(code) || code === 0x2d || code === 0x2e || isForeignLetter(code)
}

function trimmedHost(text: string, from: number, to: number): number {
  let end = to
  while (end > from && '.-_'.includes(text[end - 1] ?? '')) end -= 1
  const dot = lastDot(text, from, end)
  if (dot <= from) return -1
  end = tldEnd(text, dot + 1, end)
  if (end === -1) return trimmedHost(text, from, dot)
  // `a@b..com` has an empty label; what is left of it has none.
  return text.slice(from, end).includes('..') ? -1 : end
}

/** `lastIndexOf` would read the whole text where there is none. */
function lastDot(text: string, from: number, to: number): number {
  for (let at = to - 1; at > from; at -= 1) if (text.charCodeAt(at) === 0x2e) return at
  return -1
}

/** All ASCII or all of another script: `com입니다` is a domain and a particle. */
function tldEnd(text: string, from: number, to: number): number {
  const ascii = text.charCodeAt(from) < 0x80
  let end = from
  while (end < to && text.charCodeAt(end) < 0x80 === ascii) end += 1
  return /^(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,59}|[^\0-\x7f]{2,24})$/.test(text.slice(from, end)) ? end : -1
}

/** Handles of the banks and payment applications that NPCI lists; any other needs a word of context. */
const UPI_HANDLES: ReadonlySet<string> = new Set(
  (
    'upi ybl ibl axl paytm ptyes ptaxis ptsbi pthdfc okhdfcbank oksbi okaxis okicici apl yapl rapl sbi hdfcbank icici axisbank ' +
    'kotak kmbl pnb boi barodampay cnrb unionbank idfcbank idfcfirst indus federal rbl yesbank yesbankltd airtel jio freecharge ' +
    'waaxis wahdfcbank waicici wasbi abfspay fam dbs hsbc sc citi bandhan aubank equitas jupiteraxis slice timecosmos naviaxis ' +
    'superyes tapicici ikwik mbk pingpay payzapp indianbank iob uco centralbank mahb psb abdm sbx'
  ).split(' '),
)

function findUpi(text: string, at: number, found: Found): void {
  const start = localStart(text, at)
  let end = at + 1
  while (end < text.length && end - at < 32 && isAlphanumeric(text.charCodeAt(end))) end += 1
  const next = text[end] ?? ''
  const hostGoesOn = (next === '.' || next === '-') && isAlphanumeric(text.charCodeAt(end + 1))
  if (at - start < 2 || end - at < 3 || hostGoesOn || next === '_' || next === '@') return
  const handle = text.slice(at + 1, end).toLowerCase()
  if (UPI_HANDLES.has(handle)) found(start, end, 0.9)
  else if (/^[a-z]+$/.test(handle)) found(start, end, 0.1)
}

function isAlphanumeric(code: number): boolean {
  return isWordCode(code) && code !== 0x5f
}

/** A URL of a kilobyte and a half is the longest that browsers of old took; ours stops at four. */
const MAX_URL_CHARS = 4_096

function findUrl(text: string, at: number, found: Found): void {
  if (text[at] === ':') findWithScheme(text, at, found)
  else findBare(text, at, found)
}

const SCHEMES: ReadonlySet<string> = new Set([
  'http',
  'https',
  'ftp',
  'ftps',
  'sftp',
  'ws',
  'wss',
  'rtmp',
  'git',
  'ssh',
])

function findWithScheme(text: string, colon: number, found: Found): void {
  if (text.charCodeAt(colon + 1) !== 0x2f || text.charCodeAt(colon + 2) !== 0x2f) return
  let start = colon
  while (start > 0 && colon - start < 6 && isLatinLetter(text.charCodeAt(start - 1))) start -= 1
  if (!SCHEMES.has(text.slice(start, colon).toLowerCase())) return
  const host = colon + 3
  if (hasHost(text.slice(host, host + 2 * MAX_HOST_CHARS))) found(start, urlEnd(text, host), 0.9)
}

/** User and password may stand before the host, a port behind it. */
function hasHost(rest: string): boolean {
  const authority = rest.split(/[/?#\s"<>`{}|\\^]/, 1)[0] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/(?::\d{1,5})?[.,;:!?')*_\]]*$/, '')
  if (/^(\d{1,3}\.){3}\d{1,3}$/.test(host) || host.startsWith('[')) return true
  const dot = host.lastIndexOf('.')
  return dot > 0 && host !== `www.${host.slice(dot + 1)}` && isKnownTld(host.slice(dot + 1))
}

const URL_STOPS: ReadonlySet<number> = new Set(Array.from(' \t\n\r"<>`{}|\\^', (sign) => sign.charCodeAt(0)))

function urlEnd(text: string, from: number): number {
  let end = from
  while (end < text.length && end - from < MAX_URL_CHARS) {
    const code = text.charCodeAt(end)
    if (URL_STOPS.has(code)) break
    // Full stops and brackets of Chinese, Japanese and Arabic text.
    if ((code >= 0x3000 && code <= 0x303f) || code === 0x060c || code === 0x0964) break
    end += 1
  }
  return trimmedUrl(text, from, end)
}

/** What ends the sentence, and a bracket that was opened before the URL. */
function trimmedUrl(text: string, from: number, to: number): number {
  let end = to
  while (end > from) {
    const last = text[end - 1] ?? ''
    const closes =
      (last === ')' && !text.slice(from, end).includes('(')) ||
      (last === ']' && !text.slice(from, end).includes('['))
    if (!closes && !".,;:!?'*_".includes(last)) return end
    end -= 1
  }
  return end
}

/** `www.example.org/path` and `example.org`: looked at once, at the first dot of the name. */
function findBare(text: string, dot: number, found: Found): void {
  if (!isAlphanumeric(text.charCodeAt(dot - 1)) || !isAlphanumeric(text.charCodeAt(dot + 1))) return
  let start = dot
  while (start > 0 && dot - start < 64 && isHostAscii(text.charCodeAt(start - 1))) start -= 1
  if (isPartOfMore(text.charCodeAt(start - 1))) return
  let end = dot
  while (end < text.length && end - start < MAX_HOST_CHARS && isBareHost(text.charCodeAt(end))) end += 1
  const hostEnd = trimmedBare(text, end)
  const host = text.slice(start, hostEnd)
  const score = bareScore(host)
  if (score === 0 || text[hostEnd] === '@') return
  const path = '/?#:'.includes(text[hostEnd] ?? ' ') && isPathStart(text, hostEnd)
  found(start, path ? urlEnd(text, hostEnd) : hostEnd, score)
}

/** A dot, an `@`, a slash or a letter before it: it was looked at before, or is something else. */
function isPartOfMore(code: number): boolean {
  return isWordCode(code) || code === 0x2e || code === 0x40 || code === 0x2f || code === 0x5c || code === 0x2d
}

function isHostAscii(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2d
}

function isBareHost(code: number): boolean {
  return isHostAscii(code) || code === 0x2e
}

function isPathStart(text: string, at: number): boolean {
  return text[at] !== ':' || isDigitCode(text.charCodeAt(at + 1))
}

function trimmedBare(text: string, to: number): number {
  let end = to
  while (text[end - 1] === '.' || text[end - 1] === '-') end -= 1
  return end
}

/** Without `http` it may as well be a file, a version or two sentences without a space. */
function bareScore(host: string): number {
  const labels = host.split('.')
  const tld = labels.at(-1) ?? ''
  const www = labels[0]?.toLowerCase() === 'www'
  if (labels.includes('') || !isKnownTld(tld) || /^\d+$/.test(labels.at(-2) ?? '')) return 0
  if (www) return labels.length > 2 ? 0.8 : 0
  if (labels.length === 2 && (looksLikeFile(tld) || /^[A-Z][a-z]/.test(tld))) return 0.2
  return tld === tld.toLowerCase() || host === host.toUpperCase() ? 0.5 : 0.2
}
