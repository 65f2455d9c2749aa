import { z } from 'zod'
import { EMPTY_OUTPUT, isEmpty } from './empty-output.ts'
import { foldText } from './fold-text.ts'
import { goldFault, goldTexts } from './gold-texts.ts'
import type { Scorer } from './scorer.ts'
import { yesOrNo } from './setting-types.ts'

export const exactSettings = z.strictObject({
  ignore_case: yesOrNo().default(false),
  /** Marks and symbols count as white space: "well-known." is "well known". */
  ignore_punctuation: yesOrNo().default(false),
})

const EXPECTED = 'a text, or a list of texts any of which is right'

/** 1 when the whole output is one of the golds, after composing (NFC) and trimming; else 0. */
export function exactScorer(settings: z.output<typeof exactSettings>): Scorer {
  const fold = (text: string): string => foldText(text, settings)
  return {
    name: 'exact',
    settings,
    fault: (item) => {
      const golds = goldTexts(item)
      if (golds === undefined) return goldFault(item, EXPECTED)
      return golds.some((gold) => fold(gold) === '')
        ? '"gold" is empty once folded; nothing could match it'
        : undefined
    },
    score: (item, output) => {
      if (isEmpty(output)) return EMPTY_OUTPUT
      const given = fold(output)
      const right = (goldTexts(item) ?? []).some((gold) => fold(gold) === given)
      return { kind: 'scored', score: right ? 1 : 0, answer: output.trim() }
    },
  }
}
