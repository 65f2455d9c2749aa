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

/** A day with its year, as here: when a key was made, when it ends. */
export function dateText(atMs: number, locale: string): string {
  return formats(locale).date.format(atMs)
}

/** An hour or a day of UTC, by which money is counted: a day that began elsewhere would be another one. */
export function utcText(atMs: number, locale: string, unit: 'hour' | 'day'): string {
  return formats(locale)[unit === 'day' ? 'utcDay' : 'utcClock'].format(atMs)
}

/** Day and time of UTC, and that it is UTC. */
export function utcMomentText(atMs: number, locale: string): string {
  return formats(locale).utcMoment.format(atMs)
}

const STEPS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** How far away a moment is, in the largest unit of which it is at least two: in 36 hours, 5 minutes ago, now. */
export function distanceText(atMs: number, nowMs: number, locale: string): string {
  if (Math.abs(atMs - nowMs) < 60_000) return formats(locale).now.format(0, 'second')
  const [unit, unitMs] =
    STEPS.find(([, stepMs]) => Math.abs(atMs - nowMs) >= 2 * stepMs) ?? (['minute', 60_000] as const)
  return formats(locale).distance.format(Math.round((atMs - nowMs) / unitMs), unit)
}

type Formats = Record<
  'time' | 'dayAndTime' | 'exact' | 'clock' | 'day' | 'date' | 'utcDay' | 'utcClock' | 'utcMoment',
  Intl.DateTimeFormat
> &
  Record<'distance' | 'now', Intl.RelativeTimeFormat>

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
    date: new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }),
    utcDay: new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' }),
    utcClock: new Intl.DateTimeFormat(locale, { ...clock, timeZone: 'UTC' }),
    utcMoment: new Intl.DateTimeFormat(locale, {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      ...clock,
      timeZone: 'UTC',
      timeZoneName: 'short',
    }),
    now: new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }),
    distance: new Intl.RelativeTimeFormat(locale, { numeric: 'always' }),
  }
  made.set(locale, set)
  return set
}
