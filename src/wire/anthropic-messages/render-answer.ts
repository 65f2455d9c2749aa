import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { Block, CollectedAnswer, CollectedChoice } from '../collect-answer.ts'
import { callKeeper, hiddenThoughts, signatureText, toolInput } from './answer-blocks.ts'
import { blockKey, citationsKey, topLevelFields, USAGE_DETAILS } from './answer-extra.ts'
import { messageId, renderStop } from './answer-words.ts'
import { nestedExtra } from '../json-extra.ts'
import { renderMessagesUsage } from './usage.ts'

export type MessagesAnswerOptions = {
  readonly requestId: string
  /** The name the client is told. */
  readonly model: string
  /** What we know of the answer and Anthropic has no field for. */
  readonly musivum?: JsonObject
}

/** A whole answer as a message. The protocol has one answer per request: of several, the first. */
export function renderMessage(
  { choices, usage, extra }: CollectedAnswer,
  options: MessagesAnswerOptions,
): JsonObject {
  const [choice] = choices
  return {
    ...topLevelFields(extra),
    id: messageId(options.requestId),
    type: 'message',
    role: 'assistant',
    model: options.model,
    content: renderContent(choice?.blocks ?? [], extra),
    ...stopOf(choice, extra),
    usage: renderMessagesUsage(usage, nestedExtra(extra, USAGE_DETAILS)),
    ...(options.musivum === undefined ? {} : { musivum: options.musivum }),
  }
}

function stopOf(choice: CollectedChoice | undefined, extra: JsonObject): JsonObject {
  const { stopSequence } = choice ?? {}
  return renderStop(
    {
      reason: choice?.finishReason ?? 'other',
      ...(stopSequence === undefined ? {} : { stopSequence }),
      callsTools: (choice?.toolCalls.length ?? 0) > 0,
      refuses: (choice?.refusal ?? '') !== '',
    },
    extra,
  )
}

/** The blocks in their order, and between them those of this protocol that only `extra` could carry. */
function renderContent(blocks: readonly Block[], extra: JsonObject): readonly JsonObject[] {
  const content: JsonObject[] = []
  let position = 0
  const takeKept = (): void => {
    for (let kept = extra[blockKey(position)]; isJsonObject(kept); kept = extra[blockKey(position)]) {
      content.push(kept)
      position += 1
    }
  }
  for (const block of blocks) {
    takeKept()
    content.push(...renderBlock(block, extra[citationsKey(position)]))
    position += 1
  }
  takeKept()
  return content
}

function renderBlock(block: Block, citations: Json | undefined): readonly JsonObject[] {
  switch (block.kind) {
    case 'text':
      return textBlocks(block.text, isJsonArray(citations) ? { citations } : {})
    case 'refusal':
      return textBlocks(block.text, {})
    case 'reasoning':
      if (block.text === '') return block.signature === undefined ? [] : [hiddenThoughts(block.signature)]
      return [{ type: 'thinking', thinking: block.text, signature: signatureText(block.signature) }]
    case 'tool-call': {
      const { id, name, signature } = block
      const call = { type: 'tool_use', id, name, input: toolInput(block.arguments) }
      return signature === undefined ? [call] : [callKeeper(id, signature), call]
    }
    default:
      return block satisfies never
  }
}

/** Clients hand content back as it came, and Anthropic refuses an empty text. */
function textBlocks(text: string, fields: JsonObject): readonly JsonObject[] {
  return text === '' ? [] : [{ type: 'text', text, ...fields }]
}
