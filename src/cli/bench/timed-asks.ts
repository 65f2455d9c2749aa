import { invalid, MusivumError } from '../../core/errors.ts'
import { askGateway, patientConnections } from '../gateway-client.ts'
import type { OwnGateway } from '../own-gateway.ts'
import type { AskTimed, Timed } from './measure-level.ts'

export type AskSize = {
  readonly model: string
  readonly promptTokens: number
  readonly answerTokens: number
  readonly contextTokens: number
}

/**
 * Requests of one size, each of other words: nothing of a prompt was read for an earlier one. The first, which is not
 * counted, says how many tokens this model makes of a word.
 */
export async function timedAsks(gateway: OwnGateway, size: AskSize, signal: AbortSignal): Promise<AskTimed> {
  const room = size.contextTokens - size.answerTokens
  if (room < SMALLEST_PROMPT)
    throw invalid(
      `the context is ${size.contextTokens} tokens, which leaves no room beside an answer of ${size.answerTokens}`,
    )
  let asked = 0
  const ask = (words: number, maxTokens: number): Promise<Timed> =>
    askOnce(gateway, { model: size.model, maxTokens, content: promptOf(words, (asked += 1)) }, signal)
  const { promptTokens } = await ask(FIRST_WORDS, 1)
  const tokensPerWord = promptTokens / FIRST_WORDS
  // What the template adds was counted among the words: a prompt of more words has fewer tokens than this says.
  const wordsFor = (tokens: number): number => Math.max(1, Math.floor(Math.min(tokens, room) / tokensPerWord))
  return (what) =>
    what === 'reading'
      ? ask(wordsFor(size.promptTokens), 1)
      : ask(wordsFor(size.answerTokens), size.answerTokens)
}

const SMALLEST_PROMPT = 64
const FIRST_WORDS = 8

type Asked = { readonly model: string; readonly content: string; readonly maxTokens: number }

async function askOnce(
  { url, key }: OwnGateway,
  { model, content, maxTokens }: Asked,
  signal: AbortSignal,
): Promise<Timed> {
  const body = { model, messages: [{ role: 'user', content }], max_tokens: maxTokens, temperature: 0 }
  const connections = patientConnections()
  try {
    const sentMs = performance.now()
    const answer = await askGateway(url, body, { key, signal, connections })
    if (answer.model !== model)
      throw new MusivumError(
        'model.unavailable',
        `${model} did not answer and ${answer.model} answered in its place`,
      )
    const { inputTokens = 0, outputTokens = 0 } = answer.usage ?? {}
    const endMs = sentMs + answer.durationMs
    const firstMs = answer.firstTextMs === null ? endMs : sentMs + answer.firstTextMs
    return { promptTokens: inputTokens, outputTokens, sentMs, firstMs, endMs }
  } finally {
    await connections.destroy()
  }
}

/** Something that every model that follows instructions writes much for. */
function promptOf(words: number, seed: number): string {
  let state = seed
  const drawn = Array.from({ length: words }, () => {
    // A generator of Lehmer's, because figures are to be compared: the same words every time.
    state = (state * 48_271) % 2_147_483_647
    return WORDS[state % WORDS.length]
  })
  return `Copy: ${drawn.join(' ')}`
}

const WORDS = [
  'river',
  'garden',
  'window',
  'paper',
  'seven',
  'orange',
  'table',
  'mountain',
  'letter',
  'winter',
  'market',
  'silver',
  'bridge',
  'music',
  'candle',
  'harbour',
  'forest',
  'kitchen',
  'doctor',
  'station',
  'morning',
  'yellow',
  'school',
  'island',
  'button',
  'summer',
  'number',
  'planet',
  'coffee',
  'village',
]
