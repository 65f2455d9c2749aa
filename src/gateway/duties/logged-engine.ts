import type { Conversation, EmbeddingRequest, RerankRequest } from '../../core/conversation.ts'
import { toMusivumError, type MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { Json } from '../../core/json.ts'
import type { CallContext, Engine } from '../../engines/engine.ts'
import type { Permit } from '../../policy/permit.ts'
import type { ContentEntry, ContentLog } from '../../store/content-log/content-log.ts'
import { createAnswerCollector, type AnswerCollector } from '../../wire/collect-answer.ts'
import type { RequestContent } from '../request-content.ts'

export type LogParts = {
  readonly contentLog: Pick<ContentLog, 'write'>
  readonly nowMs: () => number
  /** One line for the operator, where nobody else is left to be told. */
  readonly log: (line: string) => void
}

/**
 * The engine as a permit with the duty `log-full` lets it be used: the prompt is on the disk before the model is called, and the
 * answer before its end is told. Where either cannot be written the request fails; bytes do not pass through.
 */
export function loggedEngine(engine: Engine, parts: LogParts): Engine {
  return {
    model: engine.model,
    capabilities: engine.capabilities,
    answer: (permit, conversation, context) =>
      answerLogged(engine, journalOf(engine, parts, context), { permit, conversation, context }),
    embed: (permit, request, context) =>
      around(journalOf(engine, parts, context), 'embeddings', request, vectorsOf, () =>
        engine.embed(permit, request, context),
      ),
    ...(engine.rerank && {
      rerank: (permit: Permit, request: RerankRequest, context: CallContext) =>
        around(
          journalOf(engine, parts, context),
          'rerank',
          request,
          asJson,
          async () => engine.rerank?.(permit, request, context) ?? gone(),
        ),
    }),
    ...(engine.countTokens && {
      countTokens: (permit: Permit, conversation: Conversation, context: CallContext) =>
        around(
          journalOf(engine, parts, context),
          'count-tokens',
          conversation,
          asJson,
          async () => engine.countTokens?.(permit, conversation, context) ?? gone(),
        ),
    }),
    relays: new Set(),
    state: () => engine.state(),
    close: () => engine.close(),
  }
}

type Answer = Pick<Extract<ContentEntry, { readonly kind: 'answer' }>, 'outcome' | 'errorCode' | 'content'>

/** What is written of one call. */
type Journal = {
  readonly prompt: (operation: string, content: RequestContent) => Promise<void>
  readonly whole: (answer: Answer) => Promise<void>
  /** As `whole`, where the request has failed already and must be told why. */
  readonly rest: (answer: Answer) => Promise<void>
}

function journalOf({ model }: Engine, { contentLog, nowMs, log }: LogParts, context: CallContext): Journal {
  const { requestId } = context
  const entry = () => ({ atMs: nowMs(), model: model.name })
  const whole = (said: Answer) => contentLog.write(requestId, { kind: 'answer', ...entry(), ...said })
  return {
    prompt: (operation, content) =>
      contentLog.write(requestId, promptEntry(content, { ...entry(), operation })),
    whole,
    rest: (said) =>
      whole(said).catch((error: unknown) =>
        log(`request ${requestId}: what came of its answer was not logged: ${toMusivumError(error).message}`),
      ),
  }
}

/** A request as the content log keeps it. */
export function promptEntry(
  content: RequestContent,
  about: { readonly atMs: number; readonly model: string; readonly operation: string },
): ContentEntry {
  return { kind: 'prompt', ...about, content: asJson(content) }
}

type Call = {
  readonly permit: Permit
  readonly conversation: Conversation
  readonly context: CallContext
}

async function* answerLogged(
  engine: Engine,
  journal: Journal,
  { permit, conversation, context }: Call,
): AsyncIterable<AnswerEvent> {
  await journal.prompt('chat', conversation)
  const collector = createAnswerCollector()
  // Whoever has seen the end of an answer may act on it, so it is told when the whole is on the disk.
  const ends: AnswerEvent[] = []
  let written = false
  let failure: MusivumError | undefined
  try {
    for await (const event of engine.answer(permit, conversation, context)) {
      collector.add(event)
      if (event.kind === 'finish') ends.push(event)
      else yield event
    }
    written = true
    await journal.whole({ outcome: 'whole', errorCode: null, content: contentOf(collector) })
    yield* ends
  } catch (thrown) {
    failure = toMusivumError(thrown)
    throw thrown
  } finally {
    // Also when the reader leaves early: what came is logged however it ended.
    if (!written) await journal.rest({ ...outcomeOf(failure), content: contentOf(collector) })
  }
}

function outcomeOf(failure: MusivumError | undefined): Pick<Answer, 'outcome' | 'errorCode'> {
  const code = failure?.code ?? 'request.cancelled'
  return { outcome: code === 'request.cancelled' ? 'cancelled' : 'failed', errorCode: code }
}

function contentOf(collector: AnswerCollector): Json {
  return asJson(collector.answer())
}

/** A call whose answer comes in one piece. */
async function around<Result>(
  journal: Journal,
  operation: string,
  request: EmbeddingRequest | RerankRequest | Conversation,
  show: (result: Result) => Json,
  call: () => Promise<Result>,
): Promise<Result> {
  await journal.prompt(operation, request)
  let result: Result
  try {
    result = await call()
  } catch (thrown) {
    await journal.rest({ ...outcomeOf(toMusivumError(thrown)), content: null })
    throw thrown
  }
  await journal.whole({ outcome: 'whole', errorCode: null, content: show(result) })
  return result
}

/** Our own forms of requests and answers are plain data. */
function asJson(value: unknown): Json {
  return value as Json
}

/** Vectors as the protocol writes them: base64 of 32-bit floats, a third of what decimals take. */
function vectorsOf({ vectors, usage }: Awaited<ReturnType<Engine['embed']>>): Json {
  const base64 = vectors.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
  )
  return asJson({ vectors: base64, usage })
}

function gone(): never {
  throw new TypeError('a method of an engine went away while it was wrapped')
}
