import { fold } from './fold.ts'
import { compactOf, type Verdict } from './recogniser.ts'
import { recogniserOf } from './recognisers.ts'

/**
 * Whether a value can be what it is said to be, by the published rules of its issuer: check digits, dates, ranges.
 * `null`: nothing is published that could be checked (or this form of it has nothing); the shape alone proves nothing.
 *
 * @throws RangeError: no recogniser has this name
 */
export function verifyValue(entity: string, value: string): Verdict {
  const recogniser = recogniserOf.get(entity)
  if (recogniser === undefined) throw new RangeError(`no entity ${entity}`)
  const { text } = fold(value)
  if (recogniser.verify !== undefined) return recogniser.verify(text)
  return recogniser.check === undefined ? null : recogniser.check(compactOf(text))
}
