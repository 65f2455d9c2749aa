// Where the ten digits of a script begin: Arabic, Persian, Devanagari, Bengali, Gurmukhi, Gujarati, Tamil, Telugu,
// Kannada, Malayalam, Thai, full-width.
const ZEROS = [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xff10]

/** The digits and the Arabic number marks of the scripts our users write, as ASCII: "१२٫५" is "12.5". */
export function withAsciiDigits(text: string): string {
  const plain = text.replace(/(?![0-9])\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0
    const zero = ZEROS.find((first) => code >= first && code < first + 10)
    return zero === undefined ? digit : String(code - zero)
  })
  return plain.replaceAll('٬', ',').replaceAll('٫', '.').replaceAll('٪', '%')
}
