import { z } from 'zod'
import { isJsonArray, type Json } from '../../core/json.ts'
import type { Item } from '../item.ts'
import { EMPTY_OUTPUT, isEmpty } from './empty-output.ts'
import { goldFault } from './gold-texts.ts'
import { decimal, isNear, showQuantity, type Quantity, type Tolerance } from './quantity.ts'
import {
  numbersIn,
  plainNumberText,
  wholeNumberIn,
  type NumberStyle,
  type PlacedNumber,
} from './read-numbers.ts'
import type { Scorer } from './scorer.ts'
import { numberFrom, oneOf, texts } from './setting-types.ts'

/** What announces the answer, in the languages of our users; the last one that a number follows counts. */
const MARKERS = [
  '####',
  '\\boxed{',
  'answer is',
  'answer:',
  'answer =',
  'respuesta es',
  'réponse est',
  'antwort ist',
  'antwort:',
  'उत्तर',
  'जवाब',
  'الإجابة',
  'الجواب',
]

export const numberSettings = z.strictObject({
  /**
   * Which number of the output is the answer. `auto`: the one after the last marker, or the last of all where no
   * marker stands. `marked`: only the one after a marker.
   */
  take: oneOf(['auto', 'marked', 'first', 'last']).default('auto'),
  markers: texts('a text such as "####", or a list of them').default(MARKERS),
  /** An answer within either of the two is right. */
  tolerance: numberFrom(0, 1e12).default(0),
  relative_tolerance: numberFrom(0, 1).default(0),
  decimal: oneOf(['auto', '.', ',']).default('auto'),
  percent: oneOf(['ignore', 'hundredths']).default('ignore'),
})

type Settings = z.output<typeof numberSettings>

/** 1 when the number of the output is a gold, or near enough to one; else 0. */
export function numberScorer(settings: Settings): Scorer {
  const { decimal: mark, percent } = settings
  const style = { decimal: mark, percent }
  const tolerance: Tolerance = {
    absolute: exactly(settings.tolerance),
    relative: exactly(settings.relative_tolerance),
  }
  return {
    name: 'number',
    settings,
    fault: (item) =>
      golds(item, style) === undefined
        ? goldFault(item, 'a number, or a list of numbers any of which is right')
        : undefined,
    score: (item, output) => {
      if (isEmpty(output)) return EMPTY_OUTPUT
      const found = answerOf(output, settings, style)
      if (found === undefined) return { kind: 'unparsed', why: missing(settings) }
      const right = (golds(item, style) ?? []).some((gold) => isNear(found, gold, tolerance))
      return { kind: 'scored', score: right ? 1 : 0, answer: showQuantity(found) }
    },
  }
}

function missing({ take }: Settings): string {
  return take === 'marked' ? 'no number follows a marker in the output' : 'the output holds no number'
}

function golds({ gold }: Item, style: NumberStyle): readonly Quantity[] | undefined {
  if (gold === undefined) return undefined
  const read = (isJsonArray(gold) ? gold : [gold]).map((value) => goldNumber(value, style))
  const all = read.filter((value) => value !== undefined)
  return all.length > 0 && all.length === read.length ? all : undefined
}

function goldNumber(gold: Json, style: NumberStyle): Quantity | undefined {
  if (typeof gold === 'number') return exactly(gold)
  return typeof gold === 'string' ? wholeNumberIn(gold, style) : undefined
}

/** The decimal that a floating-point number prints as: 0.1 from a file means a tenth. */
function exactly(value: number): Quantity {
  const [digits = '0', exponent = '0'] = Math.abs(value).toString().split('e')
  const size = decimal(digits, Number(exponent))
  return value < 0 ? { over: -size.over, under: size.under } : size
}

function answerOf(output: string, { take, markers }: Settings, style: NumberStyle): Quantity | undefined {
  const numbers = numbersIn(output, style)
  if (take === 'first') return numbers[0]?.value
  const marked = take === 'last' ? undefined : afterMarker(output, numbers, markers)
  return (marked ?? (take === 'marked' ? undefined : numbers.at(-1)))?.value
}

/** The first number after the last marker that a number follows. */
function afterMarker(
  output: string,
  numbers: readonly PlacedNumber[],
  markers: readonly string[],
): PlacedNumber | undefined {
  const last = numbers.at(-1)?.at ?? -1
  const text = caseless(plainNumberText(output))
  const ends = markers.map(plainNumberText).map((marker) => {
    const at = last < marker.length ? -1 : text.lastIndexOf(caseless(marker), last - marker.length)
    return at < 0 ? -1 : at + marker.length
  })
  const end = Math.max(-1, ...ends)
  return end < 0 ? undefined : numbers.find(({ at }) => at >= end)
}

/** Lower case letter by letter, so that places stay where they are: İ alone would become two characters. */
function caseless(text: string): string {
  return text.replace(/\p{Lu}/gu, (letter) => {
    const small = letter.toLowerCase()
    return small.length === letter.length ? small : letter
  })
}
