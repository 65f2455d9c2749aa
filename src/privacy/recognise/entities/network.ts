import { isDigitCode, isWordCode, type Found, type Recogniser, type Verdict } from '../recogniser.ts'

export const network: readonly Recogniser[] = [
  {
    entity: 'IP_ADDRESS',
    kind: 'online',
    sensitivity: 2,
    regions: [],
    shapes: [
      {
        pattern: /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?:\/\d{1,2})?/,
        score: 0.6,
        accept: acceptIpv4,
      },
    ],
    finder: { at: ':', find: findIpv6 },
    checksum: false,
    certain: true,
    context: {
      en: 'ip, ipv4, ipv6, ip address, address, host, server',
      hi: 'आईपी, आईपी पता',
      mr: 'आयपी, आयपी पत्ता',
      ar: 'عنوان, بروتوكول الإنترنت',
    },
  },
  {
    entity: 'MAC_ADDRESS',
    kind: 'device',
    sensitivity: 2,
    regions: [],
    finder: { at: ':-.', find: findMac },
    checksum: false,
    certain: true,
    context: {
      en: 'mac, mac address, hardware address, physical address, ethernet, bssid',
      hi: 'मैक, मैक पता',
      mr: 'मॅक, मॅक पत्ता',
      ar: 'ماك',
    },
  },
]

function acceptIpv4(matched: string): Verdict {
  const [address = '', prefix = '0'] = matched.split('/')
  return address.split('.').every(isOctet) && Number(prefix) <= 32 ? null : false
}

function isOctet(digits: string): boolean {
  return Number(digits) <= 255 && (digits.length === 1 || !digits.startsWith('0'))
}

/** Eight groups of four, a dotted quad, a zone and a prefix: nothing that is looked at is longer. */
const MAX_IPV6_CHARS = 64

/** At the first colon of a run of what IPv6 addresses consist of. */
function findIpv6(text: string, colon: number, found: Found): void {
  let start = colon
  while (start > 0 && colon - start < 5 && isHex(text.charCodeAt(start - 1))) start -= 1
  const before = text.charCodeAt(start - 1)
  // A colon before it: this run was looked at from there. A letter: a word and no address.
  if (isWordCode(before) || before === 0x3a || before === 0x2e) return
  let end = colon
  while (end < text.length && end - start < MAX_IPV6_CHARS && isIpv6Code(text.charCodeAt(end))) end += 1
  if (isWordCode(text.charCodeAt(end))) return
  end = withoutPunctuation(text, start, end)
  const first = text[start] === ':' && text[start + 1] !== ':' ? start + 1 : start
  if (!isIpv6(text.slice(first, end))) return
  found(first, withPrefix(text, withZone(text, end)), scoreOf(text.slice(first, end)))
}

/** `::` is an address, and the scope sign of several languages; `a::b` may be either. */
function scoreOf(address: string): number {
  return address === '::' || !/\d/.test(address) ? 0.1 : 0.6
}

function isHex(code: number): boolean {
  return isDigitCode(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66)
}

function isIpv6Code(code: number): boolean {
  return isHex(code) || code === 0x3a || code === 0x2e
}

function withoutPunctuation(text: string, start: number, to: number): number {
  let end = to
  while (end > start && text[end - 1] === '.') end -= 1
  return text[end - 1] === ':' && text[end - 2] !== ':' ? end - 1 : end
}

function isIpv6(address: string): boolean {
  const quad = address.slice(address.lastIndexOf(':') + 1)
  const dotted = quad.includes('.')
  if (dotted && (!/^\d{1,3}(\.\d{1,3}){3}$/.test(quad) || !quad.split('.').every(isOctet))) return false
  const plain = dotted ? `${address.slice(0, -quad.length)}0:0` : address
  const halves = plain.split('::')
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  if (halves.length > 2 || !groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false
  return halves.length === 2 ? groups.length <= 7 : groups.length === 8
}

function withZone(text: string, end: number): number {
  if (text[end] !== '%') return end
  let to = end + 1
  while (to - end < 20 && isWordCode(text.charCodeAt(to))) to += 1
  return to > end + 1 ? to : end
}

function withPrefix(text: string, end: number): number {
  const bits = /^\/\d{1,3}/.exec(text.slice(end, end + 4))?.[0] ?? '/'
  const whole =
    bits.length > 1 && Number(bits.slice(1)) <= 128 && !isWordCode(text.charCodeAt(end + bits.length))
  return whole ? end + bits.length : end
}

/** Six pairs with the same sign between, or three groups of four with dots; looked at from its first sign. */
function findMac(text: string, at: number, found: Found): void {
  const sign = text[at] ?? ''
  const size = sign === '.' ? 4 : 2
  const groups = 12 / size
  const start = at - size
  const end = start + groups * size + groups - 1
  if (start < 0 || end > text.length) return
  // Cheapest first: most colons and dots stand in sentences.
  if (!isHex(text.charCodeAt(at - 1)) || text[at + size + 1] !== sign) return
  if (isJoined(text, start - 1, sign) || isJoined(text, end, sign)) return
  const parts = text.slice(start, end).split(sign)
  if (
    parts.length !== groups ||
    !parts.every((part) => part.length === size && Array.from(part).every(isHexDigit))
  )
    return
  const digits = parts.join('').toUpperCase()
  if (digits !== 'FFFFFFFFFFFF' && digits !== '000000000000') found(start, end, 0.6)
}

function isHexDigit(letter: string): boolean {
  return isHex(letter.charCodeAt(0))
}

/** A word or the same sign goes on there: a longer thing, and no MAC address. A dot that ends the sentence does not. */
function isJoined(text: string, at: number, sign: string): boolean {
  if (at < 0 || at >= text.length) return false
  if (isWordCode(text.charCodeAt(at))) return true
  return text[at] === sign && (at === 0 || isWordCode(text.charCodeAt(at + 1)) || sign === ':')
}
