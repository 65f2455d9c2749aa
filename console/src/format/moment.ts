/** Time of day to the second when it was today, with the day when it was not. */
export function momentText(atMs: number, nowMs: number, locale: string): string {
  const today = new Date(atMs).toDateString() === new Date(nowMs).toDateString()
  return formats(locale)[today ? 'time' : 'dayAndTime'].format(atMs)
}

/** Date and time to the millisecond with the zone: for one request, where it must be matched against other logs. */
export function exactMomentText(atMs: number, locale: string): string {
  return formats(locale).exact.format(atMs)
}

export function clockText(atMs: number, locale: string, unit: 'minute' | 'hour' | 'day'): string {
  return formats(locale)[unit === 'day' ? 'day' : 'clock'].format(atMs)
}

type Formats = Record<'time' | 'dayAndTime' | 'exact' | 'clock' | 'day', Intl.DateTimeFormat>

const made = new Map<string, Formats>()

function formats(locale: string): Formats {
  const known = made.get(locale)
  if (known !== undefined) return known
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const time = { ...clock, second: '2-digit' } as const
  const set: Formats = {
    time: new Intl.DateTimeFormat(locale, time),
    dayAndTime: new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', ...clock }),
    exact: new Intl.DateTimeFormat(locale, {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      ...time,
      fractionalSecondDigits: 3,
      timeZoneName: 'short',
    }),
    clock: new Intl.DateTimeFormat(locale, clock),
    day: new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' }),
  }
  made.set(locale, set)
  return set
}
