import { Agent } from 'undici'
import type { OpenAiBinding } from '../../catalog/model.ts'
import { MusivumError } from '../../core/errors.ts'
import type { EmbeddingAnswer } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { noUsage } from '../../core/usage.ts'
import { askServer, type SmallAnswer } from '../http/small-ask.ts'
import { cancelled, stopping } from '../http/upstream.ts'
import { badAnswer, connectionError, refusalError, type UpstreamIdentity } from '../http/upstream-error.ts'
import { refusesLongPrompts, type PromptWindow } from './prompt-window.ts'

/** What Ollama says of a model in its own API, beside the surface that is OpenAI's. */
export type OllamaServer = {
  /** Loads the model when that is the only way to know what context it gets. */
  readonly learn: (signal: AbortSignal) => Promise<Learnt>
  /** Reads a prompt and writes one token. The tokens it was, or undefined when it does not fit. */
  readonly probe: (prompt: JsonObject, signal: AbortSignal) => Promise<number | undefined>
  /** Vectors of whole texts; a text that is too long is refused. */
  readonly vectors: (request: EmbedBody, signal: AbortSignal) => Promise<EmbeddingAnswer>
  readonly close: () => Promise<void>
}

export type EmbedBody = { readonly input: readonly string[]; readonly dimensions?: number }

export type Learnt = {
  readonly window: PromptWindow
  /** `completion`, `tools`, `vision`, `embedding`, `thinking`; undefined where it does not say. */
  readonly can: ReadonlySet<string> | undefined
}

/** The name to ask for: with a context of its own a model has a name of its own. */
export function ollamaName({ upstreamModel, contextTokens }: OpenAiBinding): string {
  if (contextTokens === undefined) return upstreamModel
  const tagged = /:[^/]*$/.test(upstreamModel) ? upstreamModel : `${upstreamModel}:latest`
  return `${tagged}-ctx${contextTokens}`
}

/** What versions without `/api/ps` give a model that nobody set a context for. */
const OLDEST_CONTEXT_TOKENS = 2048
// Loading a large model from disk.
const LEARN_MS = 15 * 60_000

export function ollamaServer(binding: OpenAiBinding, model: string): OllamaServer {
  const url = new URL(binding.baseUrl)
  const base = `${url.origin}${url.pathname.replace(/\/v1\/?$/, '').replace(/\/$/, '')}`
  const { key } = binding
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
  const identity: UpstreamIdentity = { model, host: url.host, key }
  const name = ollamaName(binding)
  // Both last as long as the server needs for a prompt; the signal of the client ends them.
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  const closing = new AbortController()

  async function ask(path: string, signal: AbortSignal, body?: JsonObject): Promise<SmallAnswer> {
    const either = AbortSignal.any([signal, closing.signal])
    try {
      return await askServer(`${base}${path}`, { signal: either, dispatcher, headers, ...(body && { body }) })
    } catch (error) {
      if (closing.signal.aborted) throw stopping()
      if (signal.aborted) throw cancelled()
      throw connectionError(identity, error, false)
    }
  }

  async function mustAnswer(path: string, signal: AbortSignal, body?: JsonObject): Promise<JsonObject> {
    const answer = await ask(path, signal, body)
    if (answer.status === 200) return answer.json
    throw refused(answer)
  }

  function refused({ status, json }: SmallAnswer): MusivumError {
    const answer = {
      status,
      contentType: 'application/json',
      retryAfter: undefined,
      body: JSON.stringify(json),
    }
    return refusalError(identity, answer, { now: () => 0 })
  }

  async function learn(outer: AbortSignal): Promise<Learnt> {
    const signal = AbortSignal.any([outer, AbortSignal.timeout(LEARN_MS)])
    const { json } = await ask('/api/version', signal)
    const { version } = json
    if (typeof version !== 'string') throw noOllama(model)
    const shown = await mustAnswer('/api/show', signal, { model: binding.upstreamModel })
    if (binding.contextTokens !== undefined) await make(shown, binding.contextTokens, signal)
    const contextTokens = binding.contextTokens ?? (await givenContext(shown, signal))
    const { template, system, capabilities } = shown
    const ownBytes = Buffer.byteLength(`${textOf(template)}${textOf(system)}`)
    const can = isJsonArray(capabilities) ? new Set(capabilities.map(textOf)) : undefined
    return { window: { contextTokens, ownBytes, refuses: refusesLongPrompts(version) }, can }
  }

  /** A second name for the same weights, which costs a file of some hundred bytes on the server. */
  async function make(shown: JsonObject, contextTokens: number, signal: AbortSignal): Promise<void> {
    const trained = trainedTokens(shown)
    if (trained !== undefined && contextTokens > trained) throw beyondTraining(model, contextTokens, trained)
    const parameters = { num_ctx: contextTokens }
    await mustAnswer('/api/create', signal, {
      model: name,
      from: binding.upstreamModel,
      parameters,
      stream: false,
    })
  }

  /** What the model file says, else what the server chooses for this machine once the model is loaded. */
  async function givenContext(shown: JsonObject, signal: AbortSignal): Promise<number> {
    const [, own] = /^num_ctx\s+(\d+)\s*$/m.exec(textOf(shown['parameters'])) ?? []
    const trained = trainedTokens(shown) ?? Infinity
    if (own !== undefined) return Math.min(Number(own), trained)
    // Models that only make embeddings refuse this; nothing that follows needs their context.
    await ask('/api/generate', signal, { model: binding.upstreamModel, stream: false })
    const { json } = await ask('/api/ps', signal)
    const running = isJsonArray(json['models']) ? json['models'].filter(isJsonObject) : []
    const names = new Set([binding.upstreamModel, `${binding.upstreamModel}:latest`])
    const found = running.find((each) => names.has(textOf(each['name'])) || names.has(textOf(each['model'])))
    const tokens = found?.['context_length']
    return typeof tokens === 'number' && tokens > 0 ? tokens : Math.min(OLDEST_CONTEXT_TOKENS, trained)
  }

  return {
    learn,
    async probe(prompt, signal) {
      const body = { model: name, ...prompt, stream: false, truncate: false, options: { num_predict: 1 } }
      const answer = await ask('/api/chat', signal, body)
      if (answer.status === 200) return countIn(answer.json)
      const error = refused(answer)
      if (answer.status === 400 && (error.code === 'context_length_exceeded' || saysTooLong(answer.json)))
        return undefined
      throw error
    },
    async vectors(request, signal) {
      const json = await mustAnswer('/api/embed', signal, { ...request, model: name, truncate: false })
      const vectors = isJsonArray(json['embeddings']) ? json['embeddings'].filter(isVector) : []
      if (vectors.length !== request.input.length)
        throw badAnswer(identity, 'with another number of vectors than there were texts')
      return {
        vectors: vectors.map((vector) => Float32Array.from(vector)),
        usage: { ...noUsage, inputTokens: countIn(json) },
      }
    },
    async close() {
      closing.abort()
      await dispatcher.destroy()
    },
  }

  function countIn({ prompt_eval_count: count }: JsonObject): number {
    if (typeof count === 'number') return count
    throw badAnswer(
      identity,
      'without the count of the tokens it read, so nobody can say whether it read them all',
    )
  }
}

/** `the prompt is longer than the context length currently available to the model`, and llama-server's own words. */
function saysTooLong({ error }: JsonObject): boolean {
  const said = typeof error === 'string' ? error : JSON.stringify(error ?? '')
  return /longer than the context|exceeds? .*context|context .*exceed/i.test(said)
}

function isVector(value: Json): value is readonly number[] {
  return isJsonArray(value) && value.every((number) => typeof number === 'number')
}

function trainedTokens({ model_info: info }: JsonObject): number | undefined {
  if (!isJsonObject(info)) return undefined
  const tokens = info[`${textOf(info['general.architecture'])}.context_length`]
  return typeof tokens === 'number' && tokens > 0 ? tokens : undefined
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function beyondTraining(model: string, wanted: number, trained: number): MusivumError {
  return new MusivumError(
    'config.invalid',
    `${model} was trained with a context of ${trained} tokens, but its configuration asks for ${wanted}.`,
    { model, wanted, trained },
  )
}

/** Behind a proxy that lets only /v1 through, or another kind of server under this name. */
function noOllama(model: string): MusivumError {
  const why = `${model} is configured as served by an Ollama, but /api/version does not answer as every Ollama does, so a prompt that it cuts could not be noticed. Let /api/ through to it, or leave \`vendor: ollama\` out.`
  return new MusivumError('upstream.bad_answer', why, { model })
}
