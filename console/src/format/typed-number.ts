/**
 * A number as somebody typed it, in the digits of programs: Arabic and Devanagari digits and the Arabic decimal sign are
 * numbers too. Whether it is one at all is for the gateway to say.
 */
export function typedNumber(typed: string): string {
  return typed
    .trim()
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[०-९]/g, (digit) => String(digit.charCodeAt(0) - 0x0966))
    .replace('٫', '.')
    .replace(/^\$\s*/, '')
}
