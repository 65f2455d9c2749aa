/** Round values from `low` to `high`, 1, 2 or 5 times a power of ten apart: as many as there can be up to `most`. */
export function linearTicks(low: number, high: number, most: number): readonly number[] {
  const rough = (high - low) / most
  const power = Math.floor(Math.log10(Math.max(rough, SMALLEST)))
  const steps = [power, power + 1].flatMap((each) => [1, 2, 5].map((factor) => powerOfTen(each, factor)))
  const candidates = steps.map((step) => multiples(low, high, step))
  return candidates.find((ticks) => ticks.length <= most) ?? []
}

const ROUNDING = 1e-9
/** Where all values are equal, a step is needed all the same. */
const SMALLEST = 1e-6

/** Of whole multiples, and −0 counted as 0: 0.1 + 0.2 is no round value. */
function multiples(low: number, high: number, step: number): readonly number[] {
  const first = Math.ceil(low / step - ROUNDING)
  const last = Math.floor(high / step + ROUNDING)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) =>
    Number(((first + place) * step + 0).toPrecision(12)),
  )
}

/** 1, 2 and 5 times powers of ten from `low` to `high` where that is at most `most` values; else powers of ten, thinned. */
export function logTicks(low: number, high: number, most: number): readonly number[] {
  const first = Math.floor(Math.log10(low))
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, place) => first + place)
  const inside = (value: number): boolean => value >= low * (1 - ROUNDING) && value <= high * (1 + ROUNDING)
  const fine = decades.flatMap((power) => [1, 2, 5].map((factor) => powerOfTen(power, factor))).filter(inside)
  if (fine.length <= most) return fine
  const whole = decades.map((power) => powerOfTen(power, 1)).filter(inside)
  const every = Math.ceil(whole.length / most)
  return whole.filter((_, place) => place % every === 0)
}

/** Read from its own spelling: 10 ** −3 times 5 has sixteen digits. */
function powerOfTen(power: number, factor: number): number {
  return Number(`${factor}e${power}`)
}
