import { z } from 'zod'
import { invalid, MusivumError } from '../../core/errors.ts'
import { isJsonArray, isJsonObject, type JsonObject } from '../../core/json.ts'
import type { Item } from '../../evidence/item.ts'
import { familyWarning, joinOrders, type Judgement } from '../../evidence/judge.ts'
import { EMPTY_OUTPUT, isEmpty } from '../../evidence/scorers/empty-output.ts'
import { goldFault, goldTexts } from '../../evidence/scorers/gold-texts.ts'
import { parseSettings } from '../../evidence/scorers/parse-settings.ts'
import type { Score } from '../../evidence/scorers/scorer.ts'
import { numberFrom, oneOf, someText, wholeNumberFrom } from '../../evidence/scorers/setting-types.ts'
import type { Ask, Call } from '../ask.ts'
import { gradePrompt, pairPrompt, STRICTER } from './judge-prompt.ts'
import { gradeIn, winnerIn } from './judge-reply.ts'
import { modelFamily } from './model-family.ts'
import type { OpenScorer, ScorerContext } from './scorer-context.ts'

const RUBRIC =
  'Is the answer correct, complete, and does it do what the question asks? Facts that are wrong or made up weigh most. Style and length do not matter.'

export const judgeSettings = z.strictObject({
  /** The model that judges. */
  model: someText('the name of a model'),
  /** `grade` each answer by itself, or set it beside the item's reference answer (`pairwise`). */
  mode: oneOf(['grade', 'pairwise']).default('grade'),
  rubric: someText('what the judge is to look at, in words').default(RUBRIC),
  scale: oneOf(['0-1', '1-5']).default('1-5'),
  /** Of the judge, where its name does not say so: for the warning that it judges its own kind. */
  family: someText('the name of a family such as "llama"').optional(),
  max_tokens: wholeNumberFrom(16, 32_768).default(1024),
  temperature: numberFrom(0, 2).default(0),
  seed: wholeNumberFrom(0, 2 ** 31 - 1).default(0),
})

type Settings = z.output<typeof judgeSettings>

/** A score of `judge`. `flipped`: the order of the two answers decided, which counts as a tie. */
export type JudgeScore = Score | (Score & { readonly kind: 'scored'; readonly flipped: boolean })

/**
 * Opens the scorer `judge`: a model reads the answer and gives a grade, or says whether it is better than the reference
 * answer (1), worse (0) or neither (½), in both orders. Every question goes through `ask`, so that policy and budgets
 * hold for a judge too; a judge in pairs asks twice. A reply that cannot be read is asked for once more, and then
 * rejects with `upstream.bad_answer`: a failure of the scorer, and no score.
 */
export async function openJudge(given: JsonObject, { ask, sides }: ScorerContext): Promise<OpenScorer> {
  const settings = parseSettings('judge', judgeSettings, given)
  if (ask === undefined) throw invalid('scorer judge: there is nothing to ask a model through here')
  const judge = new Judge(settings, ask)
  const { family, ...recorded } = settings
  return {
    scorer: {
      name: 'judge',
      settings: recorded,
      fault: (item) => faultOf(item, settings),
      score: (item, output, signal) =>
        isEmpty(output) ? EMPTY_OUTPUT : judge.score(item, output.trim(), signal),
    },
    warnings: sides === undefined ? [] : warningsOf(family ?? modelFamily(settings.model), sides),
    close: async () => {},
  }
}

function faultOf(item: Item, { mode }: Settings): string | undefined {
  if (mode === 'grade' || referenceOf(item) !== undefined) return undefined
  return goldFault(item, 'the reference answer as a text')
}

/** The gold in words; of several the first, and an object as JSON. */
function referenceOf(item: Item): string | undefined {
  const { gold } = item
  const [text] = goldTexts(item) ?? [isJsonObject(gold) || isJsonArray(gold) ? JSON.stringify(gold) : '']
  return text === undefined || isEmpty(text) ? undefined : text
}

function warningsOf(
  judge: string,
  { candidates, reference }: NonNullable<ScorerContext['sides']>,
): readonly string[] {
  return candidates.flatMap((candidate) => {
    const families = { judge, candidate: modelFamily(candidate), reference: modelFamily(reference) }
    const warning = familyWarning(families)
    return warning === null ? [] : [`${candidate} against ${reference}: ${warning}`]
  })
}

class Judge {
  readonly #settings: Settings
  readonly #ask: Ask

  constructor(settings: Settings, ask: Ask) {
    this.#settings = settings
    this.#ask = ask
  }

  score(item: Item, answer: string, signal: AbortSignal): Promise<JudgeScore> {
    return this.#settings.mode === 'grade'
      ? this.#grade(item, answer, signal)
      : this.#pair(item, answer, signal)
  }

  async #grade(item: Item, answer: string, signal: AbortSignal): Promise<JudgeScore> {
    const { rubric, scale } = this.#settings
    const messages = gradePrompt(item, answer, { rubric, scale, reference: referenceOf(item) })
    const score = await this.#read(messages, (reply) => gradeIn(reply, scale), signal)
    return { kind: 'scored', score, answer }
  }

  async #pair(item: Item, answer: string, signal: AbortSignal): Promise<JudgeScore> {
    const reference = referenceOf(item) ?? ''
    const [candidateFirst, referenceFirst] = [
      await this.#compare(item, ['candidate', answer], ['reference', reference], signal),
      await this.#compare(item, ['reference', reference], ['candidate', answer], signal),
    ]
    const [joined] = joinOrders([{ item: item.item, candidateFirst, referenceFirst }]).items
    return { kind: 'scored', score: joined?.score ?? 0, answer, flipped: joined?.flipped === true }
  }

  async #compare(item: Item, first: Side, second: Side, signal: AbortSignal): Promise<Judgement> {
    const messages = pairPrompt(item, this.#settings.rubric, first[1], second[1])
    const winner = await this.#read(messages, winnerIn, signal)
    return winner === 'tie' ? 'tie' : (winner === 'first' ? first : second)[0]
  }

  /** Asks, and once more in stricter words where the reply cannot be read. */
  async #read<Value>(
    messages: Call['messages'],
    read: (reply: string) => Value | undefined,
    signal: AbortSignal,
  ): Promise<Value> {
    const { model, max_tokens, temperature, seed } = this.#settings
    const call = { model, maxTokens: max_tokens, temperature, seed }
    const first = await this.#ask({ ...call, messages }, signal)
    const value = read(first.text)
    if (value !== undefined) return value
    const again = [...messages, said(first.text), { role: 'user', content: STRICTER } as const]
    const second = await this.#ask({ ...call, messages: again }, signal)
    const strict = read(second.text)
    if (strict !== undefined) return strict
    const cut = second.finishReason === 'length' ? `; it was cut off at max_tokens ${max_tokens}` : ''
    throw new MusivumError(
      'upstream.bad_answer',
      `scorer judge: ${model} twice gave no reply that can be read${cut}`,
    )
  }
}

type Side = readonly ['candidate' | 'reference', string]

/** Enough for the judge to see what it did; a reply that ran on for ever need not be paid for again. */
const MAX_REPEATED_CHARS = 2000

function said(text: string): Call['messages'][number] {
  // Some servers refuse a message of nothing.
  return {
    role: 'assistant',
    content: text.slice(0, MAX_REPEATED_CHARS).toWellFormed().trim() || '(nothing)',
  }
}
