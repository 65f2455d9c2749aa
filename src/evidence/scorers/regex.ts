import { z } from 'zod'
import { invalid } from '../../core/errors.ts'
import type { Item } from '../item.ts'
import { EMPTY_OUTPUT, isEmpty } from './empty-output.ts'
import { foldText } from './fold-text.ts'
import { goldFault, goldTexts } from './gold-texts.ts'
import { linearRegex, MAX_REGEX_TEXT_CHARS, RegexFault, type LinearRegex } from './linear-regex.ts'
import type { Score, Scorer } from './scorer.ts'
import { someText, yesOrNo } from './setting-types.ts'

const FLAGS = 'some of the letters i (case), m (lines) and s (dot is anything)'

export const regexSettings = z.strictObject({
  /** The same for every item; without it each item's gold is a pattern, or a list of patterns any of which will do. */
  pattern: someText('a regular expression of JavaScript').optional(),
  flags: z
    .string({ error: FLAGS })
    .regex(/^(?!.*(.).*\1)[ims]*$/, { error: FLAGS })
    .default(''),
  /** Compare what the first group of the pattern matched with the gold, rather than being content with a match. */
  extract: yesOrNo().default(false),
})

type Settings = z.output<typeof regexSettings>

/**
 * 1 when the pattern matches somewhere in the output, or, with `extract`, when its first group is the gold; else 0.
 * Patterns have the syntax of JavaScript but for look-around and back references, and are matched in linear time.
 */
export function regexScorer(settings: Settings): Scorer {
  const { pattern, flags, extract } = settings
  const fixed = pattern === undefined ? undefined : compiled(pattern, flags)
  if (typeof fixed === 'string') throw invalid(`scorer regex: setting "pattern" ${fixed}`)
  if (extract && (fixed?.groups ?? 0) === 0)
    throw invalid('scorer regex: "extract" needs a "pattern" with a group in brackets')
  return {
    name: 'regex',
    settings: { flags, extract, ...(pattern !== undefined && { pattern }) },
    fault: (item) => faultOf(item, settings),
    score: (item, output) => {
      if (isEmpty(output)) return EMPTY_OUTPUT
      if (output.length > MAX_REGEX_TEXT_CHARS)
        return { kind: 'unparsed', why: `the output is longer than ${MAX_REGEX_TEXT_CHARS} characters` }
      if (extract && fixed !== undefined) return extracted(item, output, fixed, flags)
      const patterns = fixed === undefined ? goldPatterns(item, flags) : [fixed]
      const matches = patterns.some((each) => each.match(output) !== undefined)
      return { kind: 'scored', score: matches ? 1 : 0, answer: output.trim() }
    },
  }
}

/** The pattern ready to match, or what is wrong with it as the end of a sentence. */
function compiled(pattern: string, flags: string): LinearRegex | string {
  try {
    return linearRegex(pattern, flags)
  } catch (fault) {
    if (fault instanceof RegexFault) return fault.message
    throw fault
  }
}

function faultOf(item: Item, { pattern, flags, extract }: Settings): string | undefined {
  if (pattern !== undefined && !extract) return undefined
  const golds = goldTexts(item)
  if (golds === undefined)
    return goldFault(item, extract ? 'a text or a list of texts' : 'a regular expression, or a list of them')
  if (extract) return undefined
  const faults = golds.map((gold) => compiled(gold, flags)).filter((each) => typeof each === 'string')
  return faults[0] === undefined ? undefined : `"gold" ${faults[0]}`
}

function goldPatterns(item: Item, flags: string): readonly LinearRegex[] {
  return (goldTexts(item) ?? []).map((gold) => linearRegex(gold, flags))
}

function extracted(item: Item, output: string, pattern: LinearRegex, flags: string): Score {
  const [, group] = pattern.match(output) ?? []
  if (group === undefined || isEmpty(group))
    return { kind: 'unparsed', why: 'the pattern finds nothing in the output' }
  const fold = (text: string): string =>
    foldText(text, { ignore_case: flags.includes('i'), ignore_punctuation: false })
  const right = (goldTexts(item) ?? []).some((gold) => fold(gold) === fold(group))
  return { kind: 'scored', score: right ? 1 : 0, answer: group.trim() }
}
