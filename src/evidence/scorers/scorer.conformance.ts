import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../core/json.ts'
import type { Item } from '../item.ts'
import { pureScorer } from './open-scorer.ts'
import type { Score, Scorer } from './scorer.ts'

export function openPure(name: string, settings: JsonObject = {}): Scorer {
  const scorer = pureScorer(name, settings)
  if (scorer === undefined) throw new TypeError(`no scorer ${name}`)
  return scorer
}

export function itemWith(gold?: Json, more: Partial<Item> = {}): Item {
  return { task: 't', item: 'i', prompt: 'p', ...(gold !== undefined && { gold }), ...more }
}

/** A pure scorer answers at once. */
export function scoreNow(scorer: Scorer, item: Item, output: string): Score {
  const score = scorer.score(item, output, new AbortController().signal)
  if (score instanceof Promise) throw new TypeError(`${scorer.name} answers later`)
  return score
}

/** The score alone, or the reason why there is none. */
export function gradeOf(scorer: Scorer, item: Item, output: string): number | string {
  const score = scoreNow(scorer, item, output)
  return score.kind === 'scored' ? score.score : score.why
}

export type ScorerCase = {
  readonly name: string
  readonly settings?: JsonObject
  readonly item: Item
  /** An output that scores 1. */
  readonly right: string
  /** Pieces that mean something to this scorer, of which random outputs are made. */
  readonly pieces: readonly string[]
}

/** What holds for every pure scorer. */
export function describeScorer({ name, settings = {}, item, right, pieces }: ScorerCase): void {
  describe(`the scorer ${name}`, () => {
    const scorer = openPure(name, settings)

    test('has its name, and opens again from its own settings', () => {
      expect(scorer.name).toBe(name)
      expect(openPure(name, scorer.settings).settings).toEqual(scorer.settings)
      expect(JSON.parse(JSON.stringify(scorer.settings))).toEqual(scorer.settings)
    })

    test('finds no fault in its item, gives a right output 1, and says what it took for the answer', () => {
      expect(scorer.fault(item)).toBeUndefined()
      expect(scoreNow(scorer, item, right)).toMatchObject({
        kind: 'scored',
        score: 1,
        answer: expect.stringMatching(/\S/),
      })
    })

    test('takes an output of white space for no answer', () => {
      expect(scoreNow(scorer, item, ' \n\t')).toEqual({ kind: 'unparsed', why: 'the output is empty' })
    })

    test('says which setting it does not know, with the nearest one, and repeats no value', () => {
      const known = Object.keys(scorer.settings)[0] ?? ''
      expect(() => openPure(name, { [`${known}x`]: 'sk-secret' })).toThrow(
        `scorer ${name}: unknown setting "${known}x"; did you mean "${known}"?`,
      )
      expect(() => openPure(name, { [known]: { a: 'sk-secret' } })).toThrow(
        new RegExp(`^scorer ${name}: setting "${known}": expected (?!.*secret)`),
      )
    })

    test('gives any output a score from 0 to 1 with an answer, or a reason that repeats nothing; twice the same', () => {
      const output = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'grapheme' })), {
        maxLength: 12,
      })
      const property = fc.property(output, (parts) => {
        const text = parts.join('')
        const score = scoreNow(scorer, item, text)
        expect(scoreNow(scorer, item, text)).toEqual(score)
        if (score.kind === 'unparsed') expect(score.why).toMatch(/^the (?:output|JSON|pattern) [\w ()]+$/)
        else expect([score.score >= 0 && score.score <= 1, score.answer !== '']).toEqual([true, true])
      })
      fc.assert(property, { seed: 20_261_123, numRuns: 300 })
    })

    test.each(['((((', '[{"', '1,', 'the answer is ', '\\boxed{', '(a) ', 'a\n', '- 1 / ', '$-', '”"', 'é'])(
      'is done with 100,000 characters of %j in a moment',
      (piece) => {
        const start = process.threadCpuUsage()
        scoreNow(scorer, item, piece.repeat(100_000 / piece.length))
        expect(process.threadCpuUsage(start).user).toBeLessThan(MAX_HOSTILE_MICROSECONDS)
      },
    )
  })
}

/** Of the processor: far above what linear work takes, and far below what quadratic work over 100,000 characters takes. */
const MAX_HOSTILE_MICROSECONDS = 5_000_000
