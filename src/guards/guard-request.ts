import type { Conversation, EmbeddingRequest, Message, RerankRequest } from '../core/conversation.ts'
import { maskConversation, maskEmbedding, maskRerank } from '../privacy/masked-call/mask-conversation.ts'
import type { About, BlockKind, Find, Guard, GuardedContent, GuardVerdict } from './guard.ts'
import { reads } from './guards-for.ts'
import { judgePieces, readPiece } from './judge-pieces.ts'
import { kindOfPart, kindOfRole, piecesOf } from './pieces-of-request.ts'
import { readText } from './replace-findings.ts'
import { Tally } from './tally.ts'

/**
 * A request before any model sees it, through its guards in the order of the configuration. Gives the same object back when
 * nothing was taken out. `onVerdicts` is told once, whatever comes of it.
 *
 * Throws `guard.refused` and `guard.failed`.
 */
export async function guardRequest<Content extends GuardedContent>(
  guards: readonly Guard[],
  content: Content,
  about: About,
  onVerdicts: (verdicts: readonly GuardVerdict[]) => void,
): Promise<Content> {
  const tallies = guards.map((guard) => new Tally(guard, about.nowMs))
  let current = content
  try {
    for (const tally of tallies) {
      await judgePieces(tally, piecesOf(current), about)
      tally.settle()
      current = withoutFindings(current, tally, about)
      tally.finish()
    }
    return current
  } finally {
    onVerdicts(tallies.map((tally) => tally.verdict()))
  }
}

function withoutFindings<Content extends GuardedContent>(
  content: Content,
  tally: Tally,
  about: About,
): Content {
  const { action, check } = tally.guard
  if (action !== 'redact' || check.kind !== 'local' || !tally.found || tally.failed) return content
  const find = check.open(about)
  const out = redacted(content, tally.guard, find) as Content
  const left = piecesOf(out).filter(({ kind }) => reads(tally.guard, kind))
  // The name of a member, or a part of a kind we do not know: what cannot be taken out must not go as if it had been.
  if (left.some((piece) => readPiece(piece, find).findings.length > 0))
    tally.fail(new TypeError('what was found stands where nothing can be taken out'))
  return out
}

function redacted(content: GuardedContent, guard: Guard, find: Find): GuardedContent {
  const mask = (text: string): string => readText(text, find).text
  const maskOf = (kind: BlockKind) => (reads(guard, kind) ? mask : same)
  if ('inputs' in content) return maskEmbedding(content satisfies EmbeddingRequest, maskOf('document'))
  if ('documents' in content) return redactedRerank(content, maskOf)
  return redactedConversation(content, maskOf)
}

function same(text: string): string {
  return text
}

type MaskOf = (kind: BlockKind) => (text: string) => string

function redactedRerank(request: RerankRequest, maskOf: MaskOf): RerankRequest {
  return { ...maskRerank(request, maskOf('document')), query: maskOf('user')(request.query) }
}

/** Part by part, because a guard may read some kinds of text and not others. */
function redactedConversation(conversation: Conversation, maskOf: MaskOf): Conversation {
  const { messages, tools } = conversation
  const rest = maskConversation({ ...conversation, messages: [], tools: [] }, maskOf('user'))
  const named = maskConversation({ ...EMPTY, tools }, maskOf('tool'))
  return {
    ...rest,
    messages: messages.map((message) => redactedMessage(message, maskOf)),
    tools: named.tools,
  }
}

const EMPTY: Conversation = {
  dialect: 'openai-chat',
  messages: [],
  tools: [],
  sampling: {},
  answerCount: 1,
  extra: {},
}

function redactedMessage(message: Message, maskOf: MaskOf): Message {
  const parts = message.parts.flatMap((part) => {
    const mask = maskOf(kindOfPart(message.role, part))
    const { messages } = maskConversation({ ...EMPTY, messages: [{ ...message, parts: [part] }] }, mask)
    return messages[0]?.parts ?? []
  })
  const own = maskConversation(
    { ...EMPTY, messages: [{ ...message, parts: [] }] },
    maskOf(kindOfRole(message.role)),
  )
  return { ...(own.messages[0] ?? message), parts }
}
