import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Llama, LlamaContext, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp'
import { MusivumError } from '../../core/errors.ts'
import { adaptedWriters } from './adapted-writers.ts'
import { answerWriter, type AnswerWriter } from './answer-writer.ts'
import { chatTemplate, type ChatTemplate, type JinjaModule } from './chat-template.ts'
import { embedder, type Embedder } from './embedder.ts'
import { loadedForOneUse } from './loaded-for-one-use.ts'
import type { ChatPrompt, LoadOrder, ReadyReport } from './protocol.ts'
import { promptTokens } from './prompt-tokens.ts'
import type { Ranker } from './ranker.ts'
import { sequencePool } from './sequence-pool.ts'
import { sharedBatches, type SharedBatches } from './shared-batches.ts'
import { fastestThreads } from './thread-probe.ts'
import type { Library } from './token-sampling.ts'
import { callSyntaxOf } from './tools/call-syntax.ts'
import { readVocabulary } from './vocabulary.ts'

/** Weights in memory, ready to write and to embed. Lives in the process of the model. */
export type LoadedModel = {
  readonly ready: Omit<ReadyReport, 'kind'>
  readonly write: AnswerWriter
  readonly embed: Embedder
  readonly rank: Ranker
  readonly count: (prompt: ChatPrompt) => number
  readonly tokenise: (text: string) => Uint32Array
}

/** @throws MusivumError with the one line that the gateway shows */
export async function loadModel(order: LoadOrder): Promise<LoadedModel> {
  const library = await importLibrary(order.library)
  const complaints: string[] = []
  const llama = await openLibrary(library, order, complaints)
  const model = await loadWeights(library, llama, order, complaints)
  if (order.vocabularyOnly === true) return onlyTokeniser(model)
  if (order.use !== 'text') return loadedForOneUse(library, model, order, order.use)
  const threads =
    order.threads.kind === 'fixed' ? order.threads.count : await fastestThreads(model, order.threads.count)
  const { context, batches } = await openContext(library, model, order, threads)
  const contextTokens = Math.min(order.contextTokens, context.contextSize)
  const sequences = sequencesOf(context, order.slots)
  await refuseEmptyWeights(model, sequences[0], basename(order.weights))
  const vocabulary = await readVocabulary(order.weights)
  const template = model.fileInfo.metadata.tokenizer.chat_template
  const prompt = promptTokens(model, await templateOf(order.library, model, template))
  const callSyntax = callSyntaxOf(template ?? '')
  const parts = { library, llama, model, vocabulary, prompt, callSyntax, contextTokens }
  const openAdapter = async (adapter: string): Promise<AnswerWriter> => {
    const adapted = await openContext(library, model, { ...order, adapter }, threads)
    try {
      const own = sequencesOf(adapted.context, order.slots)
      await refuseEmptyWeights(model, own[0], basename(adapter))
      const { batches } = adapted
      return answerWriter({ ...parts, batches, pool: sequencePool(own, batches) })
    } catch (thrown) {
      await adapted.context.dispose()
      throw thrown
    }
  }
  return {
    ready: { slots: order.slots, contextTokens, threads, residentBytes: process.memoryUsage.rss() },
    write: adaptedWriters(
      answerWriter({ ...parts, batches, pool: sequencePool(sequences, batches) }),
      openAdapter,
    ),
    embed: embedder(model, { contextTokens, threads }),
    rank: () => {
      throw new TypeError('the gateway has read that these weights do not rank')
    },
    count: (order) => prompt(order).length,
    tokenise: (text) => Uint32Array.from(model.tokenize(text, false)),
  }
}

function sequencesOf(context: LlamaContext, count: number): LlamaContextSequence[] {
  return Array.from({ length: count }, () => context.getSequence(SEQUENCE_OPTIONS))
}

function onlyTokeniser(model: LlamaModel): LoadedModel {
  const refuse = (): never => {
    throw new TypeError('only the vocabulary was loaded')
  }
  return {
    ready: { slots: 0, contextTokens: 0, threads: 1, residentBytes: process.memoryUsage.rss() },
    write: refuse,
    embed: refuse,
    rank: refuse,
    count: refuse,
    tokenise: (text) => Uint32Array.from(model.tokenize(text, false)),
  }
}

// The library would silently forget the beginning of a conversation that is too long. We refuse those before; if that
// arithmetic were ever wrong, an error is better than an answer to half a question.
const SEQUENCE_OPTIONS = {
  contextShift: {
    strategy: () => {
      throw new MusivumError('context_length_exceeded', 'The answer ran out of context.')
    },
  },
  // Only models whose state cannot go back use them, and the writer takes one where each prompt ends: the last two turns.
  checkpoints: { max: 2, interval: false as const },
}

async function importLibrary(url: string): Promise<Library> {
  try {
    return (await import(url)) as Library
  } catch (cause) {
    throw notInstalled(cause)
  }
}

function notInstalled(cause: unknown): MusivumError {
  const why =
    'The embedded engine is not installed, or not for this system. `musivum engine install` brings it.'
  return new MusivumError('engine.not_installed', why, {}, { cause })
}

async function openLibrary(library: Library, order: LoadOrder, complaints: string[]): Promise<Llama> {
  try {
    return await library.getLlama({
      gpu: order.gpu,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      maxThreads: order.threads.count,
      logLevel: library.LlamaLogLevel.error,
      logger: (_level, message) => remember(complaints, message),
    })
  } catch (cause) {
    throw cause instanceof library.NoBinaryFoundError ? notInstalled(cause) : cause
  }
}

const MAX_COMPLAINTS = 32

function remember(complaints: string[], message: string): void {
  if (message.trim() === '') return
  complaints.push(message.trim())
  if (complaints.length > MAX_COMPLAINTS) complaints.shift()
}

async function loadWeights(
  library: Library,
  llama: Llama,
  order: LoadOrder,
  complaints: readonly string[],
): Promise<LlamaModel> {
  const gpuLayers = order.gpu === false ? 0 : order.gpuLayers
  const options = { modelPath: order.weights, gpuLayers, checkTensors: order.checkTensors }
  try {
    // The library knows `vocabOnly`, but its types do not: as a second spread it is no excess property.
    return await llama.loadModel({ ...options, ...(order.vocabularyOnly === true && { vocabOnly: true }) })
  } catch (cause) {
    throw loadFailure(library, cause, basename(order.weights), complaints)
  }
}

function loadFailure(
  library: Library,
  cause: unknown,
  file: string,
  complaints: readonly string[],
): MusivumError {
  if (cause instanceof library.InsufficientMemoryError) return outOfMemory(file, cause)
  const why =
    complaints.find((line) => line.includes('error loading model')) ?? complaints.at(-1) ?? String(cause)
  const short = why.replace(/^.*error loading model(?: \w+)*: /, '')
  return new MusivumError(
    'engine.weights_damaged',
    `${file}: the engine cannot load it: ${short}.`,
    { file },
    { cause },
  )
}

function outOfMemory(file: string, cause: Error): MusivumError {
  const why = `${file} does not fit the free memory; use a smaller quantization, fewer slots or a shorter context.`
  return new MusivumError('engine.out_of_memory', why, { file }, { cause })
}

async function openContext(
  library: Library,
  model: LlamaModel,
  order: LoadOrder,
  threads: number,
): Promise<{ readonly context: LlamaContext; readonly batches: SharedBatches }> {
  const { contextTokens: contextSize, slots: sequences, adapter } = order
  const batches = sharedBatches()
  try {
    const context = await model.createContext({
      contextSize,
      sequences,
      threads,
      batching: { itemPrioritizationStrategy: batches.prioritise },
      ...(adapter !== undefined && { lora: adapter }),
    })
    return { context, batches }
  } catch (cause) {
    if (cause instanceof library.InsufficientMemoryError) throw outOfMemory(basename(order.weights), cause)
    const about =
      adapter === undefined ? basename(order.weights) : `${basename(adapter)} on ${basename(order.weights)}`
    throw new MusivumError(
      'engine.failed',
      `${about}: the engine cannot make a context: ${String(cause)}`,
      {},
      { cause },
    )
  }
}

/** Zeroed weights load and answer garbage; then every token is exactly as likely as every other, or not a number. */
async function refuseEmptyWeights(
  model: LlamaModel,
  sequence: LlamaContextSequence | undefined,
  file: string,
) {
  const start = [model.tokens.bos ?? (0 as Token)]
  const step = await sequence
    ?.evaluateWithMetadata(start, { confidence: true }, { yieldEogToken: true })
    .next()
  await sequence?.clearHistory()
  const confidence = step?.value?.confidence ?? 1
  const tokens = [...model.iterateAllTokens()].length
  if (confidence > 1.001 / Math.max(1, tokens)) return
  const why = 'it loads, but every token is equally likely: its weights are empty or not numbers.'
  throw new MusivumError('engine.weights_damaged', `${file}: ${why}`, { file })
}

async function templateOf(
  libraryUrl: string,
  model: LlamaModel,
  source: unknown,
): Promise<ChatTemplate | undefined> {
  if (typeof source !== 'string') return undefined
  // From the library's own dependencies: it may be installed in a folder of its own, far from us.
  const file = createRequire(libraryUrl).resolve('@huggingface/jinja')
  const jinja = (await import(pathToFileURL(file).href)) as JinjaModule
  return chatTemplate(jinja, source, { bos: model.tokens.bosString ?? '', eos: model.tokens.eosString ?? '' })
}
