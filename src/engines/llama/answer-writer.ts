import type {
  Llama,
  LlamaContextSequence,
  LlamaGrammar,
  LlamaModel,
  SequenceEvaluateOutput,
  Token,
} from 'node-llama-cpp'
import { MusivumError } from '../../core/errors.ts'
import type { Cancellation } from './cancellation.ts'
import { effortOf, type Effort } from './effort.ts'
import { vocabularySize } from './embedder.ts'
import { logprobTrack, noLogprobs, type LogprobTrack } from './logprob-track.ts'
import type { PromptTokens } from './prompt-tokens.ts'
import type { AnswerOrder, DeltaReport, DoneReport } from './protocol.ts'
import type { SequencePool } from './sequence-pool.ts'
import type { Member, SharedBatches } from './shared-batches.ts'
import { stopText } from './stop-text.ts'
import { samplingOptions, type Library } from './token-sampling.ts'
import { callGrammar } from './tools/call-grammar.ts'
import { callHold, type CallHold } from './tools/call-hold.ts'
import { callReader, type CallReader, type ReadPiece } from './tools/call-reader.ts'
import { marksOf, type CallSyntax } from './tools/call-syntax.ts'
import { libraryTextStream, textStream, type TextStream, type Vocabulary } from './vocabulary.ts'

export type AnswerWriter = (
  order: AnswerOrder,
  cancellation: Cancellation,
  emit: (delta: DeltaReport) => void,
) => Promise<DoneReport>

export type WriterParts = {
  readonly library: Library
  readonly llama: Llama
  readonly model: LlamaModel
  readonly vocabulary: Vocabulary | undefined
  readonly prompt: PromptTokens
  /** How this model writes the calls of tools. */
  readonly callSyntax: CallSyntax
  readonly contextTokens: number
  readonly pool: SequencePool
  /** Of the context that the pool's sequences are in. */
  readonly batches: SharedBatches
}

/** Writes one answer: prompt, tokens, text, until the model ends it, a stop string, the limit, or a cancellation. */
export function answerWriter(parts: WriterParts): AnswerWriter {
  const grammars = grammarCache(parts.llama)

  return async (order, cancellation, emit) => {
    const prompt = parts.prompt(order)
    const limit = outputLimit(prompt.length, order, parts.contextTokens)
    checkBias(parts.model, order)
    const gbnf = grammarOf(parts, order)
    const grammar = gbnf === undefined ? undefined : await grammars(gbnf)
    const hold = holdOf({ ...parts, grammars }, order)
    await hold?.ready()
    const written: Token[] = []
    const { tenant } = order
    return parts.pool.use({ prompt, ...(tenant !== undefined && { tenant }) }, async (sequence) => {
      const effort = effortOf(sequence)
      const run = { order, sequence, prompt, limit, grammar, hold, written, effort, cancellation, emit }
      const reason = await write(parts, run)
      return {
        kind: 'done',
        id: order.id,
        reason,
        promptTokens: prompt.length,
        outputTokens: written.length,
        ...effort.sum(),
        residentBytes: process.memoryUsage.rss(),
      }
    })
  }
}

type Run = {
  readonly order: AnswerOrder
  readonly sequence: LlamaContextSequence
  readonly prompt: Token[]
  readonly limit: number
  readonly grammar: LlamaGrammar | undefined
  readonly hold: CallHold | undefined
  readonly written: Token[]
  readonly effort: Effort
  readonly cancellation: Cancellation
  readonly emit: (delta: DeltaReport) => void
}

async function write(parts: WriterParts, run: Run): Promise<DoneReport['reason']> {
  const rest = await readPrompt(parts.batches, run)
  if (run.cancellation.cancelled) return 'cancelled'
  const member = parts.batches.join()
  try {
    return await writeAfter(rest, member, parts, run)
  } finally {
    member.leave()
  }
}

async function writeAfter(
  rest: Token[],
  member: Member,
  parts: WriterParts,
  run: Run,
): Promise<DoneReport['reason']> {
  const { order, sequence, limit, written, effort, cancellation, hold } = run
  const show = shower(run, textOf(parts, order), {
    logprobs: logprobsOf(parts, order),
    ...(mayCall(order) && { calls: readerOf(parts, order) }),
  })
  const options = {
    ...samplingOptions(parts.library, parts.model, order, run.grammar, written),
    ...(hold !== undefined && { grammarEvaluationState: hold.state }),
  }
  await member.next()
  for await (const step of sequence.evaluateWithMetadata(rest, metadata(order), options)) {
    effort.step()
    if (cancellation.cancelled) return 'cancelled'
    written.push(step.token)
    if (show.token(step)) return 'stop'
    if (written.length >= limit) {
      show.end()
      return 'length'
    }
    if (hold !== undefined) await hold.ready()
    await member.next()
  }
  show.end()
  return show.called() ? 'tool-calls' : 'stop'
}

/** What the whole answer is held to. */
function grammarOf({ callSyntax }: WriterParts, order: AnswerOrder): string | undefined {
  const { use, grammar } = order
  if (use === undefined || isText(order)) return grammar
  return callGrammar(callSyntax, use, grammar)
}

function holdOf(
  parts: WriterParts & { readonly grammars: (gbnf: string) => Promise<LlamaGrammar> },
  order: AnswerOrder,
): CallHold | undefined {
  return order.use !== undefined && isText(order) ? callHold(parts, parts.callSyntax, order.use) : undefined
}

/** It may be any text, and may call. */
function isText({ use, grammar }: AnswerOrder): boolean {
  return use?.least === 0 && use.most > 0 && grammar === undefined
}

function readerOf({ callSyntax }: WriterParts, { use, grammar }: AnswerOrder): CallReader {
  return callReader(callSyntax, { alone: grammar !== undefined, required: use?.least === 1 })
}

function mayCall({ use }: AnswerOrder): boolean {
  return use !== undefined && use.most > 0
}

function textOf({ vocabulary, model, callSyntax }: WriterParts, order: AnswerOrder): TextStream {
  const marks = mayCall(order) ? marksOf(callSyntax) : ''
  return vocabulary === undefined ? libraryTextStream(model, marks) : textStream(vocabulary, marks)
}

/** Tokens of a prompt evaluated between two looks at the cancellation: one batch of the engine. */
const PROMPT_CHUNK_TOKENS = 512

/** Evaluates what is new of the prompt but for the last chunk, which the first sampled token needs. */
async function readPrompt(batches: SharedBatches, { sequence, prompt, cancellation }: Run): Promise<Token[]> {
  let from = sequence.nextTokenIndex
  // A state that cannot go back needs a checkpoint to return to: there, when the next turn says the rest differently.
  const lastChunk = sequence.needsCheckpoints ? 1 : PROMPT_CHUNK_TOKENS
  while (prompt.length - from > lastChunk && !cancellation.cancelled) {
    const to = Math.min(from + PROMPT_CHUNK_TOKENS, prompt.length - 1)
    await batches.open()
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(from, to))
    from = to
  }
  if (sequence.needsCheckpoints) await batches.between(() => sequence.takeCheckpoint())
  return from === 0 ? prompt : prompt.slice(from)
}

type Step = SequenceEvaluateOutput<{ readonly confidence: boolean; readonly probabilities: boolean }>

type Reading = { readonly logprobs: LogprobTrack; readonly calls?: CallReader }

/** What a token adds to the answer, as deltas. `token` returns true when a stop string ended it. */
function shower(run: Run, text: TextStream, { logprobs, calls }: Reading) {
  const stops = stopText(run.order.stop)
  const { id } = run.order

  function send(shown: string, last: boolean): void {
    const entries = logprobs.shown(shown.length, last)
    if (entries !== undefined && entries.length > 0)
      run.emit({ kind: 'delta', id, text: shown, logprobs: entries })
    else if (shown !== '') run.emit({ kind: 'delta', id, text: shown })
  }

  /** Stop strings end texts: in arguments they are what the tool is to be told. */
  function say(pieces: readonly ReadPiece[]): void {
    for (const piece of pieces) {
      if (piece.kind === 'text') send(stops.push(piece.text), false)
      else if (!stops.stopped()) {
        send(stops.end(), false)
        run.emit({ kind: 'delta', id, text: '', call: piece })
      }
    }
  }

  return {
    token(step: Step): boolean {
      const added = text.push(step.token)
      logprobs.add(step, added.length)
      run.hold?.wrote(added)
      if (calls === undefined) send(stops.push(added), false)
      else say(calls.push(added))
      return stops.stopped()
    },
    end(): void {
      if (calls !== undefined) say(calls.end())
      if (calls?.calling() !== true && !stops.stopped()) send(stops.end(), true)
    },
    called: () => calls !== undefined && calls.wholeCalls() > 0,
  }
}

function metadata(order: AnswerOrder): { readonly confidence: boolean; readonly probabilities: boolean } {
  const { topLogprobs } = order
  return {
    confidence: topLogprobs !== undefined,
    probabilities: topLogprobs !== undefined && topLogprobs > 0,
  }
}

function logprobsOf(parts: WriterParts, order: AnswerOrder): LogprobTrack {
  return order.topLogprobs === undefined
    ? noLogprobs
    : logprobTrack(parts.model, parts.vocabulary, order.topLogprobs)
}

/** Exactly what fits: the last token written needs no place of its own beyond the context. */
function outputLimit(
  promptLength: number,
  { maxOutputTokens: wanted, limitIsCeiling }: Pick<AnswerOrder, 'maxOutputTokens' | 'limitIsCeiling'>,
  contextTokens: number,
): number {
  const left = contextTokens - promptLength
  if (left >= 1 && (limitIsCeiling === true || (wanted ?? 1) <= left)) return Math.min(wanted ?? left, left)
  const asked =
    wanted === undefined
      ? 'leaves no room for an answer'
      : `and an answer of up to ${wanted} need ${promptLength + wanted}`
  throw new MusivumError(
    'context_length_exceeded',
    `The context of this model is ${contextTokens} tokens; the prompt of ${promptLength} ${asked}. Nothing was cut.`,
    { contextTokens, promptTokens: promptLength, maxOutputTokens: wanted },
  )
}

function checkBias(model: LlamaModel, order: AnswerOrder): void {
  const size = order.logitBias.length > 0 ? vocabularySize(model) : 0
  for (const [token] of order.logitBias) {
    if (token >= size) {
      const why = `logit_bias names the token ${token}; this model's tokens go from 0 to ${size - 1}.`
      throw new MusivumError('request.invalid', why, { token })
    }
    // The library leaves end tokens out of the bias without a word.
    if (model.isEogToken(token as Token)) {
      const why = `logit_bias on ${token}, which ends an answer, has no effect in this engine; use max_tokens or stop.`
      throw new MusivumError('request.unsupported', why, { token })
    }
  }
}

// Applications send the same few schemas again and again; a compiled grammar takes some hundred kilobytes.
const MAX_KEPT_GRAMMARS = 32

function grammarCache(llama: Llama): (text: string) => Promise<LlamaGrammar> {
  const kept = new Map<string, LlamaGrammar>()
  return async (text) => {
    const known = kept.get(text)
    if (known !== undefined) return known
    const grammar = await llama.createGrammar({ grammar: text })
    if (kept.size >= MAX_KEPT_GRAMMARS) kept.clear()
    kept.set(text, grammar)
    return grammar
  }
}
