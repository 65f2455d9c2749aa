import { withAsciiDigits } from './ascii-digits.ts'
import { decimal, negated, product, quantity, sum, type Quantity } from './quantity.ts'

export type NumberStyle = {
  /**
   * What stands before the decimals. `auto` reads "1,234" as 1234, "1,5" as 1.5, "1.234" as 1.234, "1.234,5" as
   * 1234.5 and "1.234.567" as 1234567.
   */
  readonly decimal: 'auto' | '.' | ','
  /** What "50 %" is: 50, or half. */
  readonly percent: 'ignore' | 'hundredths'
}

/**
 * The numbers of a text, in their order. Groups of three digits may be set apart by comma, point, apostrophe or a
 * narrow or no-break space (any space where the decimal mark is a comma, as it is where people write so), or as in
 * 12,34,567; digits may be of any script; currency, "1e3", "1.2 × 10^3", "3/4", "1 3/4", "½" and LaTeX's \frac, \$
 * and {,} are read. Digits glued to a Latin letter, a power or an index are none: B12, cm^2, x_1.
 */
export function numbersIn(text: string, style: NumberStyle): readonly PlacedNumber[] {
  const token = style.decimal === ',' ? SPACED_TOKEN : TOKEN
  const matches = Array.from(plainNumberText(text).matchAll(token))
  return matches.flatMap(({ index, groups }) =>
    read(groups ?? {}, style).map((value) => ({ at: index, value })),
  )
}

/** `at` is a place in `plainNumberText` of the text. */
export type PlacedNumber = { readonly at: number; readonly value: Quantity }

/** The number that the whole text is, with its currency or percent sign; undefined when it is anything else. */
export function wholeNumberIn(text: string, style: NumberStyle): Quantity | undefined {
  if (text.length > 2 * MAX_DIGITS) return undefined
  const plain = plainNumberText(text).trim().replace(/\.$/, '')
  const token = style.decimal === ',' ? SPACED_TOKEN : TOKEN
  const [match] = plain.matchAll(token)
  if (match === undefined) return undefined
  const around = plain.slice(0, match.index) + plain.slice(match.index + match[0].length)
  const [value, another] = read(match.groups ?? {}, style)
  return /^[\s\p{Sc}]*$/u.test(around) && another === undefined ? value : undefined
}

/** The text without what typesetting puts between digits: other scripts, LaTeX, Markdown, fractions that are one character. */
export function plainNumberText(text: string): string {
  return withAsciiDigits(text)
    .replace(/[¼-¾⅐-⅞]/gu, (one) => ` ${one.normalize('NFKC').replace('⁄', '/')} `)
    .replace(/\\[dt]?frac\s?\{\s?(\d{1,18})\s?\}\s?\{\s?(\d{1,18})\s?\}/g, ' $1/$2 ')
    .replaceAll('{,}', ',')
    .replace(/\\[,;:]/g, '\u2009')
    .replace(/\\([$%!])/g, (_, mark: string) => (mark === '!' ? '' : mark))
    .replace(/(?<!\d)\*\*|\*\*(?!\d)/g, '')
}

/** Longer digits are an identifier or an attack on the arithmetic, not a quantity. */
const MAX_DIGITS = 64

const SIGN = '[-+−]'
const CURRENCY = String.raw`(?:\p{Sc}|(?<!\p{L})(?:Rs\.?|INR|USD|EUR|GBP|CHF|AED|SAR|रु\.?))`
const POWER = String.raw`\s?(?:[×x*·]|\\times|\\cdot)\s?10(?:\^|\*\*)\{?(?<power>${SIGN}?\d{1,3})\}?`
const EXPONENT = String.raw`e(?<exponent>${SIGN}?\d{1,3})(?![\p{L}\p{N}])`
const OVER = String.raw`\s?\/\s?(?<under>\d{1,18})(?![.,]?\d|\s?\/)`
const MIXED = String.raw`[ \u00A0\u202F\u2009]+(?<over>\d{1,9})\/(?<part>\d{1,9})(?![.,]?\d|\s?\/)`

function tokenPattern(spaces: string): RegExp {
  const body = String.raw`(?<body>\d(?:[\d.,'’${spaces}]*\d)?|(?<![.\d])\.\d+)`
  return new RegExp(
    String.raw`(?<![\p{sc=Latin}\p{N}_^]|[\^_]\{|\d\s?\/\s?|\d[.,])` +
      String.raw`(?:(?<![\p{L}\p{N})\]}%])(?<sign>${SIGN}))?(?:${CURRENCY}\s?)?(?<inner>${SIGN})?${body}` +
      `(?:${POWER}|${EXPONENT}|${OVER}|${MIXED})?` +
      String.raw`(?<percent>\s?(?:%|percent(?!\p{L})))?`,
    'giu',
  )
}

const TOKEN = tokenPattern(String.raw`\u00A0\u202F\u2009`)
const SPACED_TOKEN = tokenPattern(String.raw` \u00A0\u202F\u2009`)

type Groups = { readonly [name: string]: string | undefined }

function read(groups: Groups, style: NumberStyle): readonly Quantity[] {
  const { body = '', sign, inner } = groups
  if (body.length > MAX_DIGITS) return []
  const whole = plainDecimal(body, style.decimal)
  // "1,2,3" is three numbers and "1.2.3" none; what stands before and after them belongs to neither.
  if (whole === undefined) return split(body)
  const size = withShare(withTail(whole, groups), groups, style)
  const negative = isMinus(sign) !== isMinus(inner)
  return [negative ? negated(size) : size]
}

function isMinus(sign: string | undefined): boolean {
  return sign === '-' || sign === '−'
}

function split(body: string): readonly Quantity[] {
  return body
    .split(/[^\d.]+/)
    .filter((part) => /^\d+(?:\.\d+)?$/.test(part))
    .map((part) => decimal(part))
}

function withTail(whole: string, { power, exponent, under, over, part }: Groups): Quantity {
  const shift = power ?? exponent
  if (shift !== undefined) return decimal(whole, Number(shift.replace('−', '-')))
  if (under !== undefined && BigInt(under) !== 0n) return product(decimal(whole), quantity(1n, BigInt(under)))
  if (over !== undefined && part !== undefined && BigInt(part) !== 0n)
    return sum(decimal(whole), quantity(BigInt(over), BigInt(part)))
  return decimal(whole)
}

function withShare(value: Quantity, { percent }: Groups, style: NumberStyle): Quantity {
  const isShare = percent !== undefined && style.percent === 'hundredths'
  return isShare ? product(value, quantity(1n, 100n)) : value
}

/** Digits with at most one point. Undefined when the marks between the digits fit no way of writing one number. */
function plainDecimal(body: string, style: NumberStyle['decimal']): string | undefined {
  const mark = style === 'auto' ? decimalMark(body) : style
  const parts = body.split(mark)
  const [whole = '', fraction = ''] = parts
  if (parts.length > 2 || !/^\d*$/.test(fraction) || !isGrouped(whole)) return undefined
  return `${whole.replace(/\D/g, '') || '0'}${fraction === '' ? '' : `.${fraction}`}`
}

function decimalMark(body: string): '.' | ',' {
  const [dot, comma] = [body.lastIndexOf('.'), body.lastIndexOf(',')]
  if (dot >= 0 && comma >= 0) return dot > comma ? '.' : ','
  if (comma >= 0) return isGrouped(body) ? '.' : ','
  return body.indexOf('.') === dot ? '.' : ','
}

const GROUPS = /^(?:\d*|[1-9]\d{0,2}([.,'’ \u00A0\u202F\u2009])\d{3}(?:\1\d{3})*|[1-9]\d?(?:,\d{2})+,\d{3})$/

function isGrouped(whole: string): boolean {
  return GROUPS.test(whole)
}
