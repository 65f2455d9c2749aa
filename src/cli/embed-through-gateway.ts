import { request, type Dispatcher } from 'undici'
import { errors, invalid, MusivumError, type ErrorCode } from '../core/errors.ts'
import { parseEmbeddingAnswer } from '../wire/embeddings/parse-answer.ts'
import { parseOpenAiError } from '../wire/openai-error.ts'
import { chooseModel } from './ask.ts'
import { ensureEngine } from './ensure-engine.ts'
import { keyHeader, patientConnections } from './gateway-client.ts'
import type { GatewaySettings } from './gateway-settings.ts'
import { startOwnGateway } from './own-gateway.ts'
import type { Terminal } from './terminal.ts'

export type EmbeddedTexts = {
  readonly vectors: readonly Float32Array[]
  /** From the wall clock, requests and all. */
  readonly usPerText: number
}

/**
 * Embeddings of texts by a model of the configuration. A gateway of its own on a free loopback port makes them, so that
 * policy, budgets and log hold for them as they hold for any client.
 *
 * @throws MusivumError with the code and the line that the gateway gave
 */
export async function embedThroughGateway(
  texts: readonly string[],
  model: string,
  settings: GatewaySettings,
  terminal: Terminal,
): Promise<EmbeddedTexts> {
  const gateway = await startOwnGateway(settings, (line) => terminal.note(line, 'dim'))
  try {
    const chosen = chooseModel(gateway.models, model)
    if (!chosen.capabilities.embeddings)
      throw invalid(`${model} makes no embeddings; expected a model that does`)
    if (chosen.engine === 'llama') await ensureEngine({ home: settings.home, install: true }, terminal)
    return await embedAll(texts, { url: gateway.url, key: gateway.key, model }, terminal)
  } finally {
    terminal.progress?.('')
    await gateway.close(0)
  }
}

/** The most texts of a request that every known server takes; longer ones would also be a long time without a sign. */
const TEXTS_PER_REQUEST = 64

type Embedder = { readonly url: string; readonly key: string; readonly model: string }

async function embedAll(
  texts: readonly string[],
  embedder: Embedder,
  terminal: Terminal,
): Promise<EmbeddedTexts> {
  const dispatcher = patientConnections()
  const through = { dispatcher, signal: terminal.signal }
  const vectors: Float32Array[] = []
  try {
    // The first text loads the model, whose time is not that of a prompt.
    await embed(texts.slice(0, 1), embedder, through)
    const startedMs = performance.now()
    for (let start = 0; start < texts.length; start += TEXTS_PER_REQUEST) {
      terminal.progress?.(`embedding ${start} of ${texts.length} prompts`)
      vectors.push(...(await embed(texts.slice(start, start + TEXTS_PER_REQUEST), embedder, through)))
    }
    if (vectors.some(({ length }) => length !== vectors[0]?.length))
      throw new MusivumError('upstream.bad_answer', `${embedder.model} gave embeddings of several lengths`)
    return { vectors, usPerText: (1_000 * (performance.now() - startedMs)) / Math.max(1, texts.length) }
  } finally {
    await dispatcher.destroy()
  }
}

async function embed(
  input: readonly string[],
  { url, key, model }: Embedder,
  through: { readonly dispatcher: Dispatcher; readonly signal: AbortSignal },
): Promise<readonly Float32Array[]> {
  const { statusCode, body } = await request(`${url}/v1/embeddings`, {
    ...through,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...keyHeader(key) },
    body: JSON.stringify({ model, input, encoding_format: 'base64' }),
  })
  const answer = await body.json()
  if (statusCode === 200) return parseEmbeddingAnswer(answer, input.length).vectors
  const { code = '', message = 'the gateway gave no reason' } = parseOpenAiError(answer) ?? {}
  throw new MusivumError(isErrorCode(code) ? code : 'internal', message)
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errors, code)
}
