import type { Conversation, Part } from '../../core/conversation.ts'
import type { RequestContent } from '../request-content.ts'

/** How many tokens a prompt can have. `atMost` is for money that is set aside; `likely` for limits and for bills of cut answers. */
export type PromptTokens = { readonly atMost: number; readonly likely: number }

/**
 * Nobody here has the tokenizer of every vendor, so tokens come from bytes. No tokenizer in use makes more than one token
 * of a byte, and the JSON around each message (28 bytes and more) is longer than what templates put around it (3 to 8
 * tokens), so the bytes of the body are a bound. What counts otherwise is added: tools bring an instruction of the vendor's
 * (Anthropic documents up to 735 tokens), pictures and recordings have prices of their own whatever their bytes are.
 *
 * Not in the bound: what the server fetches itself (files by id, hosted tools, pictures above 5,000 tokens).
 */
export function promptTokens(body: string, content: RequestContent, goesOn: boolean): PromptTokens {
  if ('documents' in content) return rerankTokens(content.query, content.documents)
  const sent = Buffer.byteLength(body)
  if ('inputs' in content) return { atMost: sent, likely: likelyTokens(sent) }
  const media = mediaIn(content)
  // What was kept of the past is in the conversation and not in the body.
  const text = Math.max(0, (goesOn ? jsonBytes(content.messages) : 0) + sent - media.bytes)
  const tools = content.tools.length > 0 ? TOOLS_TOKENS : 0
  return { atMost: text + media.tokens + tools, likely: likelyTokens(text) + media.likely }
}

/** English prose has four bytes to a token, code and Hindi about three: too many is the safe side of a bill. */
export function likelyTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN)
}

const BYTES_PER_TOKEN = 3
const TOOLS_TOKENS = 1_000

/** Every document is read beside the query: a model that does so is billed for the query as often. */
function rerankTokens(query: string, documents: readonly string[]): PromptTokens {
  const bytes = documents.reduce(
    (sum, document) => sum + Buffer.byteLength(document),
    documents.length * (Buffer.byteLength(query) + RERANK_FRAME_TOKENS),
  )
  return { atMost: bytes, likely: likelyTokens(bytes) }
}

/** Markers between query and document. */
const RERANK_FRAME_TOKENS = 8

type Media = { bytes: number; tokens: number; likely: number }

/** Pictures and recordings inside the body: their bytes, and what they cost instead. */
function mediaIn({ messages }: Conversation): Media {
  const sum: Media = { bytes: 0, tokens: 0, likely: 0 }
  for (const { parts } of messages) for (const part of parts) if (part.kind !== 'text') addMedia(sum, part)
  return sum
}

/** The dearest picture of the large vendors (Claude, 4,784; Gemini, 258 a tile; GPT, 1,500), and an ordinary one. */
const PICTURE_TOKENS = 5_000
const LIKELY_PICTURE_TOKENS = 1_000
/** 32 tokens a second (Gemini) of the smallest useful recording: 2 KB of base64. */
const RECORDING_BYTES_PER_TOKEN = 64

function addMedia(sum: Media, part: Part): void {
  if (part.kind === 'image') {
    if (part.url.startsWith('data:')) sum.bytes += part.url.length
    sum.tokens += PICTURE_TOKENS
    sum.likely += LIKELY_PICTURE_TOKENS
  } else if (part.kind === 'audio') {
    const tokens = Math.ceil(part.data.length / RECORDING_BYTES_PER_TOKEN)
    sum.bytes += part.data.length
    sum.tokens += tokens
    sum.likely += tokens
  }
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
