import metadata from 'libphonenumber-js/min/metadata'

/** Lengths and beginnings of national numbers, by country; from the numbering plans that libphonenumber collects. */
type Plan = { readonly national: string; readonly lengths: ReadonlySet<number>; readonly callingCode: string }

const PLANS: ReadonlyMap<string, Plan> = new Map(
  Object.entries(metadata.countries).map(([country, fields]) => [country, planOf(fields)]),
)

function planOf(fields: unknown): Plan {
  const [callingCode, , national, lengths] = fields as readonly [string, string, string, readonly number[]]
  return { callingCode, national, lengths: new Set(lengths) }
}

const LENGTHS_BY_CODE = lengthsByCode()

function lengthsByCode(): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>()
  for (const { callingCode, lengths } of PLANS.values()) {
    const known = found.get(callingCode) ?? new Set()
    for (const length of lengths) known.add(length)
    found.set(callingCode, known)
  }
  return found
}

/**
 * Digits behind a `+`: whether they begin with the code of a country and are as many as its numbers have. Which of them
 * are in use does not matter: new ones come every month, and a wrong one may be a typing error in somebody's number.
 */
export function isInternational(digits: string): boolean {
  return [1, 2, 3].some((length) => {
    const lengths = LENGTHS_BY_CODE.get(digits.slice(0, length))
    const rest = digits.slice(length)
    // `+44 (0) 20 …`: the zero of the national form is often left in.
    return (
      lengths !== undefined &&
      (lengths.has(rest.length) || (rest.startsWith('0') && lengths.has(rest.length - 1)))
    )
  })
}

export function hasCallingCode(digits: string): boolean {
  return [1, 2, 3].some((length) => LENGTHS_BY_CODE.has(digits.slice(0, length)))
}

/** Countries where a leading zero is dialled within the country, the largest and those that our users are in. */
const WITH_ZERO =
  'GB DE IN IL FR AU AE SA NL BE SE CH AT PK EG TR ZA NG PH ID TH JP KR MY IE NZ FI BD LK NP KE'.split(' ')

// One expression for all of them: thirty in turn for every number that begins with a zero would be most of a scan.
const NATIONAL = new RegExp(
  `^0(?:${WITH_ZERO.map((country) => PLANS.get(country)?.national ?? '').join('|')})$`,
)

export function isNationalWithZero(digits: string): boolean {
  return digits.length >= 8 && digits.length <= 12 && NATIONAL.test(digits)
}
