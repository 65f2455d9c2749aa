import { invalid } from '../core/errors.ts'

/**
 * `24GB`, `16GiB`, `512 MiB` or a number of bytes.
 *
 * @param source what is named in the message
 * @throws MusivumError `request.invalid`
 */
export function byteCount(source: string, text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,16}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const scale = UNITS.get(unit.toLowerCase())
  const bytes = Math.floor(Number(number) * (scale ?? Number.NaN))
  if (number !== '' && bytes > 0 && bytes <= Number.MAX_SAFE_INTEGER) return bytes
  throw invalid(`${source}: expected bytes such as 24GB, 16GiB or 17179869184, not "${text.slice(0, 40)}"`)
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ...['k', 'm', 'g', 't'].flatMap((letter, place): [string, number][] => [
    [letter, 1024 ** (place + 1)],
    [`${letter}ib`, 1024 ** (place + 1)],
    [`${letter}b`, 1000 ** (place + 1)],
  ]),
])
