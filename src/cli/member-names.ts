import { invalid } from '../core/errors.ts'

/** A few models in the order given: `a,b,c`. */
export function memberNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) throw invalid(`--members: expected names with a comma between, not "${text}"`)
  const twice = names.find((name, place) => names.indexOf(name) !== place)
  if (twice !== undefined) throw invalid(`--members names "${twice}" twice; expected each model once`)
  return names
}
