/**
 * "2026-11-22" for "22 Nov 2026", "November 22, 2026", "22/11/2026", "2026.11.22" and "2026-11-22T00:00:00Z".
 * Undefined for anything else, and for "03/04/2026": nobody can tell the month.
 */
export function calendarDay(text: string): string | undefined {
  const trimmed = text.trim()
  return isoDay(trimmed) ?? namedDay(trimmed.toLowerCase()) ?? numericDay(trimmed)
}

const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
)

function isoDay(text: string): string | undefined {
  const match = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[-+]00:?00)?)?$/.exec(
    text,
  )
  return match === null ? undefined : day(match[1], Number(match[2]), match[3])
}

function namedDay(text: string): string | undefined {
  const dayFirst = /^(\d{1,2})(?:st|nd|rd|th)? (?:of )?([a-z]+)\.?,? (\d{4})$/.exec(text)
  if (dayFirst !== null) return day(dayFirst[3], monthOf(dayFirst[2]), dayFirst[1])
  const monthFirst = /^([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$/.exec(text)
  return monthFirst === null ? undefined : day(monthFirst[3], monthOf(monthFirst[1]), monthFirst[2])
}

function numericDay(text: string): string | undefined {
  const match = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$/.exec(text)
  if (match === null) return undefined
  const [first, second] = [Number(match[1]), Number(match[2])]
  if (first > 12 || first === second) return day(match[3], second, match[1])
  return second > 12 ? day(match[3], first, match[2]) : undefined
}

/** 1 to 12, from the whole name or its usual short form; 0 for anything else. */
function monthOf(name = ''): number {
  const short = name === 'sept' ? 'sep' : name
  return MONTHS.findIndex((whole) => whole === short || whole.slice(0, 3) === short) + 1
}

function day(year = '', month: number, dayOfMonth = ''): string | undefined {
  if (month < 1 || month > 12) return undefined
  const text = `${year}-${String(month).padStart(2, '0')}-${dayOfMonth.padStart(2, '0')}`
  const date = new Date(`${text}T00:00:00Z`)
  // 30 February becomes 2 March, or no date at all.
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text ? undefined : text
}
