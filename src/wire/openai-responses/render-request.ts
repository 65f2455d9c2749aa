import type {
  Conversation,
  Message,
  ReasoningOrder,
  ResponseFormat,
  Sampling,
  Tool,
  ToolChoice,
} from '../../core/conversation.ts'
import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'
import { hasFields, nestedExtra } from '../json-extra.ts'
import { renderCacheMark } from '../openai-cache-mark.ts'
import { unsayable } from '../openai-changes.ts'
import { effortForBudget } from '../openai-effort.ts'
import type { RenderedRequest } from '../rendered-request.ts'
import { INCLUDE_LOGPROBS } from './parse-request.ts'
import { renderItems } from './render-items.ts'
import {
  ownFields,
  responsesWording,
  type ResponsesHabits,
  type ResponsesWording,
} from './responses-wording.ts'

export type ResponsesRequestOptions = {
  /** The name the server knows the model by. */
  readonly model: string
  readonly stream: boolean
  /** Wire and host of the server, as its answers are stamped: only state it encrypted is sent. */
  readonly maker: string
  readonly habits?: ResponsesHabits
}

/**
 * A conversation as the body of a request for a response. It is sent whole and the server keeps nothing: what goes on
 * from it is stored by us. What `parseResponsesRequest` carried in `extra` stands again where it was; of a conversation
 * of another protocol `changes` names what had no words here.
 */
export function renderResponsesRequest(
  conversation: Conversation,
  options: ResponsesRequestOptions,
): RenderedRequest {
  const wording = responsesWording(conversation, options.maker, options.habits ?? {})
  if (conversation.answerCount > 1) throw unsayable('n', 'a response is one answer')
  const extra = ownFields(wording, conversation.extra, '')
  const { tools: otherTools, include: _include, text: _text, reasoning: _reasoning, ...unknown } = extra
  const { instructions, messages } = splitInstructions(conversation.messages, wording)
  const tools = [...conversation.tools.map((tool) => renderTool(tool, wording)), ...arrayOf(otherTools)]
  const include = renderInclude(conversation, extra, wording)
  const { toolChoice, parallelToolCalls, topLogprobs } = conversation
  const text = renderText(conversation.responseFormat, extra)
  const body = {
    ...unknown,
    model: options.model,
    ...(instructions === undefined ? {} : { instructions }),
    input: renderItems(messages, wording),
    ...(tools.length === 0 ? {} : { tools }),
    ...(toolChoice === undefined ? {} : { tool_choice: renderToolChoice(toolChoice, tools, wording) }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
    ...(hasFields(text) ? { text } : {}),
    ...renderReasoning(conversation.reasoning, extra, wording),
    ...renderSampling(conversation.sampling, wording),
    ...(topLogprobs === undefined || topLogprobs === 0 ? {} : { top_logprobs: topLogprobs }),
    ...(include.length === 0 ? {} : { include }),
    store: false,
    ...(options.stream ? { stream: true } : {}),
  }
  return { body, changes: wording.log.all() }
}

/** A first system message that is nothing but text: every server reads `instructions`, not every one system items. */
function splitInstructions(messages: readonly Message[], wording: ResponsesWording) {
  const [first, ...others] = messages
  const [part, ...more] = first?.role === 'system' ? first.parts : []
  const plain = part?.kind === 'text' && more.length === 0 && part.extra === undefined
  if (first === undefined || !plain || hasFields(first.extra) || first.name !== undefined)
    return { instructions: undefined, messages }
  if (part.cacheMark !== undefined && wording.own) return { instructions: undefined, messages }
  if (part.cacheMark !== undefined)
    wording.log.leftOut(`${wording.fields.content}.cache_control`, 'the server takes no cache marks')
  return { instructions: part.text, messages: others }
}

function arrayOf(value: Json | undefined): readonly Json[] {
  return isJsonArray(value) ? value : []
}

function renderTool(tool: Tool, wording: ResponsesWording): JsonObject {
  const { name, description, parameters, strict, cacheMark } = tool
  const extra = ownFields(wording, tool.extra, 'tools[]')
  if (cacheMark !== undefined && !wording.own)
    wording.log.leftOut('tools[].cache_control', 'the server takes no cache marks')
  return {
    ...extra,
    ...(cacheMark !== undefined && wording.own ? renderCacheMark(cacheMark) : {}),
    type: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...renderStrict(strict, wording),
  }
}

/** Here a function is strict unless it says no, in the other protocols only when it says yes. */
function renderStrict(strict: boolean | undefined, { own }: ResponsesWording): JsonObject {
  if (own) return strict === undefined ? {} : { strict }
  return { strict: strict ?? false }
}

function renderToolChoice(choice: ToolChoice, tools: readonly Json[], wording: ResponsesWording): Json {
  if (!wording.own && tools.length === 0 && choice.kind !== 'auto' && choice.kind !== 'none')
    throw unsayable('tool_choice', 'responses have no words for the tools it wants')
  switch (choice.kind) {
    case 'auto':
    case 'none':
    case 'required':
      return choice.kind
    case 'tool':
      return { type: 'function', name: choice.name }
    case 'other':
      if (wording.own) return choice.value
      throw unsayable('tool_choice', 'responses have no words for this choice')
    default:
      return choice satisfies never
  }
}

function renderText(format: ResponseFormat | undefined, extra: JsonObject): JsonObject {
  const { format: carriedFormat, ...others } = nestedExtra(extra, 'text')
  const carried = nestedExtra(nestedExtra(extra, 'text'), 'format')
  switch (format?.kind) {
    case undefined:
      return carriedFormat === undefined ? others : { ...others, format: carriedFormat }
    case 'text':
      return { ...others, format: { ...carried, type: 'text' } }
    case 'json':
      return { ...others, format: { ...carried, type: 'json_object' } }
    case 'json-schema': {
      const { kind: _kind, ...schema } = format
      return { ...others, format: { ...carried, type: 'json_schema', ...schema } }
    }
    default:
      return format satisfies never
  }
}

function renderReasoning(
  order: ReasoningOrder | undefined,
  extra: JsonObject,
  wording: ResponsesWording,
): JsonObject {
  const carried = nestedExtra(extra, 'reasoning')
  if (order === undefined) return {}
  const effort = order.effort ?? effortForBudget(order.budgetTokens, wording.fields.reasoning, wording.log)
  const summary = SUMMARIES.has(order.summary ?? '') || wording.own ? order.summary : undefined
  const reasoning = {
    ...carried,
    ...(effort === undefined ? {} : { effort }),
    ...(summary === undefined ? {} : { summary }),
  }
  return wording.own || hasFields(reasoning) ? { reasoning } : {}
}

/** `omitted` and other vendors' words mean what saying nothing means here. */
const SUMMARIES: ReadonlySet<string> = new Set(['auto', 'concise', 'detailed'])

const ENCRYPTED_REASONING = 'reasoning.encrypted_content'

/** Encrypted reasoning comes back only when asked for, and models that do not reason refuse to be asked. */
function renderInclude(
  { reasoning, topLogprobs }: Conversation,
  extra: JsonObject,
  { habits }: ResponsesWording,
): readonly Json[] {
  const include = new Set(arrayOf(extra.include))
  const reasons = reasoning !== undefined && reasoning.effort !== 'none'
  if (reasons || habits.encryptedReasoning === true) include.add(ENCRYPTED_REASONING)
  if (topLogprobs !== undefined) include.add(INCLUDE_LOGPROBS)
  return [...include]
}

function renderSampling(sampling: Sampling, { own, habits, fields, log }: ResponsesWording): JsonObject {
  const { maxOutputTokens, temperature, topP, topK, stop } = sampling
  if (stop !== undefined) throw unsayable(fields.stop, 'responses have no stop sequences')
  const missing = {
    seed: sampling.seed,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    logit_bias: sampling.logitBias,
    top_k: own || habits.topK === true ? undefined : topK,
  }
  for (const [field, value] of Object.entries(missing))
    if (value !== undefined) log.leftOut(field, 'responses have no such field')
  return {
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK !== undefined && missing.top_k === undefined ? { top_k: topK } : {}),
  }
}
