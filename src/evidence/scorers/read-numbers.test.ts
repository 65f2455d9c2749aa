import fc from 'fast-check'
import { expect, test } from 'vitest'
import { showQuantity } from './quantity.ts'
import { numbersIn, wholeNumberIn, type NumberStyle } from './read-numbers.ts'

const AUTO: NumberStyle = { decimal: 'auto', percent: 'ignore' }

function read(text: string, style: Partial<NumberStyle> = {}): string {
  return numbersIn(text, { ...AUTO, ...style })
    .map(({ value }) => showQuantity(value))
    .join(' ')
}

test.each([
  ['thousands with commas', '1,234,567.50', '1234567.5'],
  ['lakhs and crores', '₹1,00,000 and 12,34,56,789', '100000 123456789'],
  ['points and a comma', '1.234.567,89', '1234567.89'],
  ['an apostrophe', "CHF 1'234.50 and 1’234", '1234.5 1234'],
  ['no-break and narrow spaces', '1\u00A0234\u00A0567,5 and 1\u202F234', '1234567.5 1234'],
  ['a decimal comma', '1,5', '1.5'],
  ['a comma before three decimals of nothing', '0,125', '0.125'],
  ['Devanagari', 'उत्तर १,२५,०००.५ है', '125000.5'],
  ['Arabic-Indic with their own marks', '١٬٢٥٠٫٥ و ٪٥٠', '1250.5 50'],
  ['Persian', '۱۲۳', '123'],
  [
    'currency before, after and between',
    '$18, -$5, $-6, 7 €, US$8, Rs. 9, Rs500, INR 10',
    '18 -5 -6 7 8 9 500 10',
  ],
  ['signs, and dashes that are none', '-5 −6 +7 10-3 10–20 (-4) x-2', '-5 -6 7 10 3 10 20 -4 2'],
  ['percent', '12.5% and 7 percent', '12.5 7'],
  ['fractions', '3/4, 1 3/4, ½, 2½, 1/3', '0.75 1.75 0.5 2.5 1/3'],
  ['a division by nothing', '5/0', '5'],
  ['days are no fractions', '22/11/2026', '22'],
  [
    'powers of ten',
    '1e3 2.5E-2 6.02 × 10^23 3*10**2 1.2 \\times 10^{3}',
    '1000 0.025 602000000000000000000000 300 1200',
  ],
  ['LaTeX', '\\boxed{1{,}250} \\frac{3}{4} \\$18 50\\% 1\\,000', '1250 0.75 18 50 1000'],
  ['Markdown', '**18** and *19*', '18 19'],
  ['a full stop at the end', 'It is 18.', '18'],
  ['letters with digits', 'CO2 B12 x_1 cm^2 gpt4 3rd 5kg', '3 5'],
  ['a list, which is no grouped number', '1,2,3 and 4, 5', '1 2 3 4 5'],
  ['a version, which is no number', 'v1.2.3 or 1.2.3', ''],
  ['digits that touch letters without case', '答案是18', '18'],
  ['feet and inches', "5'10", '5 10'],
  ['leading zeros', '007 0.50', '7 0.5'],
  ['nothing', 'none at all', ''],
])('%s: %j', (_, text, numbers) => {
  expect(read(text)).toBe(numbers)
})

test('a style takes away what nobody can tell', () => {
  expect(read('1.234', { decimal: ',' })).toBe('1234')
  expect(read('1.234', { decimal: '.' })).toBe('1.234')
  expect(read('1,5', { decimal: '.' })).toBe('1 5')
  expect(read('12 345,5 or 2023 100', { decimal: ',' })).toBe('12345.5 2023 100')
  expect(read('12 345', { decimal: 'auto' })).toBe('12 345')
  expect(read('12.5%', { percent: 'hundredths' })).toBe('0.125')
})

test('digits beyond 64 are an identifier, and none is lost below', () => {
  expect(read('9'.repeat(65))).toBe('')
  expect(read(`${'9'.repeat(30)}.1`)).toBe(`${'9'.repeat(30)}.1`)
})

test('a text is a number only with nothing but currency around it', () => {
  const whole = (text: string): string | undefined => {
    const value = wholeNumberIn(text, AUTO)
    return value === undefined ? undefined : showQuantity(value)
  }
  expect(['1,250', '$18.', '18 €', '-3/4', '50%', '१२'].map(whole)).toEqual([
    '1250',
    '18',
    '18',
    '-0.75',
    '50',
    '12',
  ])
  expect(
    ['', '18 apples', '1,2,3', '1 2', '2026-11-22', 'B12', '- 5'].filter((text) => whole(text) !== undefined),
  ).toEqual([])
})

test('a number that JavaScript prints is read back as the same number, whatever the locale', () => {
  const locales = [
    'en-US',
    'en-IN',
    'de-DE',
    'fr-FR',
    'de-CH',
    'hi-IN-u-nu-deva',
    'ar-EG-u-nu-arab',
    'ar-MA',
    'pt-BR',
  ]
  // Two decimals, so that a mark stands before them and no reader has to guess what "1.234" is.
  const money = fc.integer({ min: -1e11, max: 1e11 }).map((cents) => cents / 100)
  fc.assert(
    fc.property(money, fc.constantFrom(...locales), (value, locale) => {
      const format = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
      const text = format.format(value).replace(/[\u200E\u200F\u061C]/g, '')
      expect(read(text)).toBe(String(value === 0 ? 0 : value))
    }),
    { seed: 1, numRuns: 2000 },
  )
})
