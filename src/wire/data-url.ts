import { MusivumError } from '../core/errors.ts'
import { invalid } from './field-checks.ts'

/** OpenAI takes 50 MB of files in one request; one part cannot be larger. */
export const MAX_MEDIA_BYTES = 50 * 1024 * 1024

export type DataUrl = {
  /** Lower case, without parameters: `image/png`. */
  readonly mediaType: string
  readonly base64: string
}

/** Undefined when the URL is no `data:` URL in base64. */
export function parseDataUrl(url: string): DataUrl | undefined {
  if (!isDataUrl(url)) return undefined
  const comma = url.indexOf(',')
  const head = comma === -1 ? '' : url.slice('data:'.length, comma).toLowerCase()
  if (!head.endsWith(';base64')) return undefined
  return { mediaType: head.slice(0, head.indexOf(';')), base64: url.slice(comma + 1) }
}

export function isDataUrl(url: string): boolean {
  return /^data:/i.test(url)
}

/**
 * Checks a URL that a client put where a picture or a file belongs. A `data:` URL must be base64, within
 * `MAX_MEDIA_BYTES`, and begin as its type does: a vendor's own refusal would come late and in its own words. Another
 * URL is the model server's to fetch, so it must not name a file or an address only that server can reach.
 */
export function checkMediaUrl(url: string, path: string): void {
  if (isDataUrl(url)) checkDataUrl(url, path)
  else if (/^file:/i.test(url)) throw notFetched(path, 'a file of the server')
  else if (/^https?:/i.test(url) && isPrivate(hostOf(url))) throw notFetched(path, 'a private address')
}

/** The same for a picture: data of another type is none, whatever begins it. */
export function checkImageUrl(url: string, path: string): void {
  checkMediaUrl(url, path)
  const data = parseDataUrl(url)
  if (data !== undefined && !data.mediaType.startsWith('image/'))
    throw invalid(path, 'data of a type such as image/png', 'data of a type that is no image')
}

/** The same as `checkMediaUrl` for a `data:` URL alone. */
export function checkDataUrl(url: string, path: string): void {
  const data = parseDataUrl(url)
  if (data === undefined || data.mediaType === '')
    throw invalid(path, 'a data URL of the form data:TYPE;base64,DATA', 'another one')
  checkBase64(data.base64, path)
  checkFirstBytes(data, path)
}

/** Base64 without a data URL around it. `mediaType` '' is one nobody told. */
export function checkMedia(data: DataUrl, path: string): void {
  checkBase64(data.base64, path)
  checkFirstBytes(data, path)
}

function checkBase64(base64: string, path: string): void {
  if (base64 === '') throw invalid(path, 'base64 data', 'nothing')
  if ((base64.length / 4) * 3 > MAX_MEDIA_BYTES + 2) throw tooLarge(path)
  const characters = base64.length - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0)
  // One character after the last four is six bits: never a whole byte.
  if (!BASE64.test(base64) || characters % 4 === 1) throw invalid(path, 'base64', 'other characters')
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

function checkFirstBytes({ mediaType, base64 }: DataUrl, path: string): void {
  const known = FIRST_BYTES.get(mediaType)
  if (known === undefined) return
  // 18 bytes hold every mark below.
  const start = atob(base64.slice(0, 24).replace(/=+$/, ''))
  if (known.test(start)) return
  const really = [...FIRST_BYTES].find(([, bytes]) => bytes.test(start))?.[0]
  throw invalid(path, `data of type ${mediaType}, as it says`, really ?? 'data of another type')
}

/** How files of these types begin, one character per byte. A type that is not here is not checked. */
const FIRST_BYTES: ReadonlyMap<string, RegExp> = new Map([
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/jpg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  ['image/bmp', /^BM/],
  ['application/pdf', /^%PDF-/],
])

function hostOf(url: string): string {
  try {
    return new URL(url).hostname
  } catch {
    // Not a URL at all: the server that would fetch it says so.
    return ''
  }
}

/** `URL` has already written every form of an IPv4 address (octal, hexadecimal, one number) as four decimal ones. */
function isPrivate(host: string): boolean {
  return PRIVATE_V4.test(host) || PRIVATE_V6.test(host) || /(^|\.)(localhost|local|internal)\.?$/.test(host)
}

// This host, private networks, link-local (where clouds keep their credentials) and carrier-grade NAT.
const PRIVATE_V4 =
  /^(0|10|127)\.|^169\.254\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./
// Unspecified, loopback, unique local, link-local, and IPv4 written as IPv6.
const PRIVATE_V6 = /^\[(::1?\]|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::ffff:)/

function notFetched(path: string, what: string): MusivumError {
  return new MusivumError(
    'request.invalid',
    `${path}: expected a data URL or an address on the internet, got ${what}; send the data itself`,
    { param: path },
  )
}

function tooLarge(path: string): MusivumError {
  return new MusivumError('request.too_large', `${path}: over ${MAX_MEDIA_BYTES / 1024 / 1024} MiB`, {
    param: path,
  })
}
