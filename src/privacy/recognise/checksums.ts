/** Check digits as their issuers publish them. Each takes digits or letters without separators. */

/** ISO/IEC 7812-1, annex B: from the right, every second digit doubled and its digits added. */
export function luhn(digits: string): boolean {
  return luhnSum(digits) % 10 === 0
}

/** The sum alone, for numbers that count with an offset. */
export function luhnSum(digits: string): number {
  let sum = 0
  for (let at = digits.length - 1, double = false; at >= 0; at -= 1, double = !double) {
    const digit = digits.charCodeAt(at) - 0x30
    sum += double ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit
  }
  return sum
}

/** The same over any alphabet, as the Indian GSTIN has it (base 36). */
export function luhnOver(alphabet: string, text: string): boolean {
  const base = alphabet.length
  let sum = 0
  for (let at = text.length - 1, double = false; at >= 0; at -= 1, double = !double) {
    const value = alphabet.indexOf(text[at] ?? '') * (double ? 2 : 1)
    sum += Math.floor(value / base) + (value % base)
  }
  return sum % base === 0
}

/** J. Verhoeff, Error detecting decimal codes (1969): the dihedral group of ten, permuted by place. */
export function verhoeff(digits: string): boolean {
  let state = 0
  for (let at = digits.length - 1, place = 0; at >= 0; at -= 1, place += 1) {
    const permuted = PERMUTED[place % 8]?.[digits.charCodeAt(at) - 0x30] ?? 0
    state = DIHEDRAL[state]?.[permuted] ?? 0
  }
  return state === 0
}

const DIHEDRAL = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]

const PERMUTED = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
  [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
  [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
  [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
  [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
  [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
  [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
]

/** Each digit times its weight, added. Digits beyond the weights do not count. */
export function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * ((digits.charCodeAt(at) || 0x30) - 0x30), 0)
}

/** ISO 7064, mod 11,10: German tax and VAT numbers, Croatian OIB. */
export function mod11And10(digits: string): boolean {
  let product = 10
  for (let at = 0; at < digits.length - 1; at += 1) {
    const sum = (digits.charCodeAt(at) - 0x30 + product) % 10 || 10
    product = (2 * sum) % 11
  }
  return (11 - product) % 10 === digits.charCodeAt(digits.length - 1) - 0x30
}

/** The remainder of a decimal number of any length, letters counting as 10 to 35 (ISO 7064, mod 97,10). */
export function remainder(text: string, modulus: number): number {
  let rest = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    rest = code <= 0x39 ? (10 * rest + code - 0x30) % modulus : (100 * rest + (code | 0x20) - 0x57) % modulus
  }
  return rest
}

/** Whether year, month and day are a date of the Gregorian calendar. */
export function isDate(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** All characters the same: what people type into a form, and never an issued number. */
export function isOneDigit(text: string): boolean {
  return /^(.)\1*$/.test(text)
}
