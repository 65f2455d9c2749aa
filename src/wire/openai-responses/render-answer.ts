import type { TokenLogprob } from '../../core/events.ts'
import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'
import type { Block, CollectedAnswer, CollectedChoice } from '../collect-answer.ts'
import { itemId } from './item-ids.ts'
import {
  callItem,
  callSignatureItem,
  messageItem,
  reasoningItem,
  refusalPart,
  textPart,
  type ItemStatus,
} from './output-items.ts'
import { endState, responseShell, withServerFields, type ResponseIdentity } from './response-object.ts'

/** A whole answer as a response. Of several choices the first is told: a response is one answer. */
export function renderResponse(answer: CollectedAnswer, identity: ResponseIdentity): JsonObject {
  const [choice] = answer.choices
  const state = endState(choice?.finishReason ?? 'other', answer.usage)
  const lastStatus = state.status === 'incomplete' ? 'incomplete' : 'completed'
  const said = choice === undefined ? [] : renderBlocks(choice, identity.requestId, lastStatus)
  const others = isJsonArray(answer.extra.output) ? answer.extra.output : []
  const output = [...said, ...others]
  return {
    ...withServerFields(responseShell(identity, state), answer.extra),
    output: output.length > 0 ? output : [emptyMessage(identity.requestId, lastStatus)],
  }
}

/** An answer of nothing at all is an empty text: agents wait for a message. */
export function emptyMessage(requestId: string, status: ItemStatus): JsonObject {
  return messageItem(itemId('msg', requestId, 0), textPart('', []), status)
}

function renderBlocks(choice: CollectedChoice, requestId: string, lastStatus: ItemStatus): readonly Json[] {
  const items: JsonObject[] = []
  const blocks = choice.blocks.filter(isTold)
  let { logprobs } = choice
  for (const [index, block] of blocks.entries()) {
    const status = index === blocks.length - 1 ? lastStatus : 'completed'
    const signature = block.kind === 'tool-call' ? block.signature : undefined
    if (signature !== undefined && block.kind === 'tool-call')
      items.push(callSignatureItem(itemId('rs', requestId, items.length), signature, block.id))
    items.push(renderBlock(block, { requestId, index: items.length, status, logprobs }))
    // Log-probabilities are collected for all text of a choice; they stand with its first.
    if (block.kind === 'text') logprobs = []
  }
  return items
}

/** Reasoning that has neither text nor signature says nothing. */
function isTold(block: Block): boolean {
  return block.kind !== 'reasoning' || block.text !== '' || block.signature !== undefined
}

type Place = {
  readonly requestId: string
  readonly index: number
  readonly status: ItemStatus
  readonly logprobs: readonly TokenLogprob[]
}

function renderBlock(block: Block, { requestId, index, status, logprobs }: Place): JsonObject {
  switch (block.kind) {
    case 'text':
      return messageItem(itemId('msg', requestId, index), textPart(block.text, logprobs), status)
    case 'refusal':
      return messageItem(itemId('msg', requestId, index), refusalPart(block.text), status)
    case 'reasoning':
      return reasoningItem(itemId('rs', requestId, index), block.text, block.signature)
    case 'tool-call': {
      const { id: callId, name, arguments: text } = block
      return callItem(itemId('fc', requestId, index), { callId, name, arguments: text }, status)
    }
    default:
      return block satisfies never
  }
}
