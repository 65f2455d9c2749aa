import { z } from 'zod'
import { EMPTY_OUTPUT, isEmpty } from './empty-output.ts'
import { foldText } from './fold-text.ts'
import { goldFault, goldTexts } from './gold-texts.ts'
import { indexOfPhrase } from './index-of-phrase.ts'
import type { Scorer } from './scorer.ts'
import { oneOf, texts, yesOrNo } from './setting-types.ts'

const TEXTS = 'a text or a list of texts'

export const containsSettings = z.strictObject({
  require: oneOf(['all', 'any', 'none']).default('all'),
  /** The same for every item; without it the texts are the item's gold. */
  texts: texts(TEXTS).optional(),
  ignore_case: yesOrNo().default(true),
  /** A text counts only as whole words: "art" is not in "heart". */
  whole_words: yesOrNo().default(false),
})

/** 1 when the output holds all, any or none of the texts; else 0. The answer is the whole output. */
export function containsScorer(settings: z.output<typeof containsSettings>): Scorer {
  const { require, texts: fixed, ignore_case, whole_words } = settings
  const fold = (text: string): string => foldText(text, { ignore_case, ignore_punctuation: false })
  const holds = (output: string, text: string): boolean =>
    whole_words ? indexOfPhrase(output, text) >= 0 : output.includes(text)
  return {
    name: 'contains',
    settings: { require, ignore_case, whole_words, ...(fixed !== undefined && { texts: fixed }) },
    fault: (item) => {
      const wanted = fixed ?? goldTexts(item)
      if (wanted === undefined) return goldFault(item, TEXTS)
      return wanted.some((text) => fold(text) === '') ? '"gold" is empty; every output holds it' : undefined
    },
    score: (item, output) => {
      if (isEmpty(output)) return EMPTY_OUTPUT
      const folded = fold(output)
      const found = (fixed ?? goldTexts(item) ?? []).map((text) => holds(folded, fold(text)))
      return { kind: 'scored', score: isMet(require, found) ? 1 : 0, answer: output.trim() }
    },
  }
}

function isMet(require: 'all' | 'any' | 'none', found: readonly boolean[]): boolean {
  if (require === 'all') return found.every(Boolean)
  return found.some(Boolean) === (require === 'any')
}
