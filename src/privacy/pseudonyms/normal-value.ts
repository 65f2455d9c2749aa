/**
 * One form for the ways of writing one value, so that it gets one token wherever it stands: `+49 (30) 901820` and
 * `+4930901820`, `Ada@Example.org` and `ada@example.org`, `٥٥٥` and `555`. Names keep their spaces.
 */
export function normalValue(entity: string, value: string): string {
  const plain = foldDigits(value.normalize('NFKC').replaceAll(INVISIBLE, '')).trim()
  if (CASE_MATTERS.test(entity)) return plain
  const lower = plain.toLowerCase()
  if (!/\d/.test(lower) || TEXT.test(entity)) return lower.replaceAll(/\s+/g, ' ')
  return lower.replaceAll(/[\s()./_–—-]+/g, '')
}

/** Zero-width characters, soft hyphen, marks of direction: they change how a value looks and not what it is. */
const INVISIBLE = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g
/** Secrets and addresses that differ by case are different ones. */
const CASE_MATTERS = /SECRET|KEY|TOKEN|JWT|PEM|PASSWORD|CRYPTO|CONNECTION/
/** Dots, dashes and slashes mean something here. */
const TEXT = /EMAIL|URL|IP_ADDRESS|DATE|PERSON|LOCATION|ORGANI[SZ]ATION|ADDRESS|DOMAIN|UPI/

/** Devanagari, Arabic-Indic and extended Arabic-Indic digits as ASCII. */
function foldDigits(text: string): string {
  return text.replaceAll(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, (digit) => {
    const code = digit.charCodeAt(0)
    return String((code & 0xf) - (code >= 0x0966 ? 6 : 0))
  })
}
