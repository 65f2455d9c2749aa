import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'

/** The rule by which two closed-form answers were found equal; named in reports. */
export type AnswerRule = 'none' | 'number' | 'choice' | 'json' | 'date' | 'text'

export type NormalAnswer = { readonly rule: AnswerRule; readonly text: string }

/**
 * A closed-form answer in the form in which answers are compared. The first rule that fits:
 * - `none`: nothing but white space; agrees with nothing.
 * - `number`: "1,000", "1000.0", "$1000", "१०००" and "1e3" are 1000; a currency sign or percent sign is dropped. A comma
 *   groups digits by three (or as in 1,00,000), anything else with a comma is text: "1,5" is 1.5 in some places only.
 * - `choice`: one letter alone, in brackets or before a mark: "(b)", "B." and "b" are B.
 * - `json`: an object or list, by value: order of keys, white space and "1.0" for 1 do not matter.
 * - `date`: "2026-11-22", "22 Nov 2026", "November 22, 2026" and "22/11/2026" are one day; "03/04/2026" is text, since
 *   nobody can tell the month.
 * - `text`: compatibility forms folded (NFKC), lower-cased, white space folded.
 * A full stop at the end counts for nothing under any rule.
 */
export function normaliseAnswer(answer: string): NormalAnswer {
  const text = answer.normalize('NFKC').trim().replace(/\s+/g, ' ').replace(FULL_STOP, '')
  if (text === '') return { rule: 'none', text: '' }
  return asNumber(text) ?? asChoice(text) ?? asJson(text) ?? asDate(text) ?? asText(text)
}

/** At the end of something; an answer of nothing but dots stays. */
const FULL_STOP = /(?<=[^\s.।。])[\s.।。]+$/u

function asText(text: string): NormalAnswer {
  return { rule: 'text', text: text.toLowerCase() }
}

/** Longer digits are an identifier or an attack on the exponent below, not a quantity. */
const MAX_NUMBER_CHARS = 64
const MAX_EXPONENT = 64
const AMOUNT =
  /^(?<sign>[-+−]?) ?\p{Sc}? ?(?<inner>[-+−]?)(?<body>[\d,.]+)(?:e(?<exponent>[-+]?\d{1,3}))? ?(?:%|\p{Sc})?\.?$/u
const WHOLE = /^(?:\d+|\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})*,\d{3})$/

function asNumber(text: string): NormalAnswer | undefined {
  if (text.length > MAX_NUMBER_CHARS) return undefined
  const match = AMOUNT.exec(withAsciiDigits(text).toLowerCase())?.groups
  if (match === undefined) return undefined
  const { sign = '', inner = '', body = '', exponent = '0' } = match
  if (sign !== '' && inner !== '') return undefined
  const parts = body.replace(/\.$/, '').split('.')
  const [whole = '', fraction = ''] = parts
  if (parts.length > 2 || !/^\d*$/.test(fraction) || (whole === '' && fraction === '')) return undefined
  if (whole !== '' && !WHOLE.test(whole)) return undefined
  const shift = Number(exponent)
  if (Math.abs(shift) > MAX_EXPONENT) return undefined
  const size = shifted(whole.replaceAll(',', ''), fraction, shift)
  // What needs more digits than we read would not be read again.
  if (size.length >= MAX_NUMBER_CHARS) return undefined
  const negative = (sign + inner).replace('+', '') !== '' && size !== '0'
  return { rule: 'number', text: negative ? `-${size}` : size }
}

/** Decimal digits moved as text: a sum of money with twenty digits must not meet another in a floating-point number. */
function shifted(whole: string, fraction: string, shift: number): string {
  const digits = whole + fraction
  const point = whole.length + shift
  const padded = digits.padEnd(point, '0').padStart(digits.length + Math.max(0, -point), '0')
  const at = Math.max(0, point)
  const before = padded.slice(0, at).replace(/^0+/, '')
  const after = padded.slice(at).replace(/0+$/, '')
  return (before || '0') + (after && `.${after}`)
}

// Where the ten digits of a script begin: Arabic, Persian, Devanagari, Bengali, Gurmukhi, Gujarati, Tamil, Telugu,
// Kannada, Malayalam, Thai. Full-width digits are folded by NFKC.
const ZEROS = [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50]

function withAsciiDigits(text: string): string {
  const plain = text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0
    const zero = ZEROS.find((first) => code >= first && code < first + 10)
    return zero === undefined ? digit : String(code - zero)
  })
  return plain.replaceAll('٬', ',').replaceAll('٫', '.')
}

const CHOICE = /^(?:\(([a-z])\)|\[([a-z])\]|([a-z])[.):]?)$/i

function asChoice(text: string): NormalAnswer | undefined {
  const match = CHOICE.exec(text)
  const letter = match?.[1] ?? match?.[2] ?? match?.[3]
  return letter === undefined ? undefined : { rule: 'choice', text: letter.toUpperCase() }
}

function asJson(text: string): NormalAnswer | undefined {
  if (!/^(?:\{.*\}|\[.*\])$/s.test(text)) return undefined
  try {
    return { rule: 'json', text: canonical(JSON.parse(text) as Json) }
  } catch {
    // Brackets around something else: "[see above]" is text, and two of them still compare as text. A list nested too
    // deep for the parser's stack is no answer either.
    return undefined
  }
}

function canonical(value: Json): string {
  if (isJsonArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`
}

const MONTH_NAMES =
  'january february march april may june july august september october november december'.split(' ')

function asDate(text: string): NormalAnswer | undefined {
  const day = isoDate(text) ?? namedDate(text.toLowerCase()) ?? numericDate(text)
  return day === undefined ? undefined : { rule: 'date', text: day }
}

function isoDate(text: string): string | undefined {
  const match = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text)
  return match === null ? undefined : calendarDay(Number(match[1]), Number(match[2]), Number(match[3]))
}

function namedDate(text: string): string | undefined {
  const dayFirst = /^(\d{1,2})(?:st|nd|rd|th)? ([a-z]+)\.?,? (\d{4})$/.exec(text)
  if (dayFirst !== null) return calendarDay(Number(dayFirst[3]), month(dayFirst[2]), Number(dayFirst[1]))
  const monthFirst = /^([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$/.exec(text)
  if (monthFirst === null) return undefined
  return calendarDay(Number(monthFirst[3]), month(monthFirst[1]), Number(monthFirst[2]))
}

function numericDate(text: string): string | undefined {
  const match = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$/.exec(text)
  const [first, second, year] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])]
  if (match === null) return undefined
  if (first > 12 || first === second) return calendarDay(year, second, first)
  return second > 12 ? calendarDay(year, first, second) : undefined
}

/** 1 to 12, from the whole name or its usual short form; 0 for anything else. */
function month(name = ''): number {
  const short = name === 'sept' ? 'sep' : name
  return MONTH_NAMES.findIndex((whole) => whole === short || whole.slice(0, 3) === short) + 1
}

function calendarDay(year: number, monthNumber: number, day: number): string | undefined {
  if (monthNumber < 1 || monthNumber > 12 || day < 1 || day > daysIn(year, monthNumber)) return undefined
  return `${String(year).padStart(4, '0')}-${String(monthNumber).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

function daysIn(year: number, monthNumber: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  if (monthNumber === 2) return leap ? 29 : 28
  return [4, 6, 9, 11].includes(monthNumber) ? 30 : 31
}
