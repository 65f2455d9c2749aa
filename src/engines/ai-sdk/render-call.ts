import type { Conversation, ResponseFormat, Tool, ToolChoice, WireChange } from '../../core/conversation.ts'
import { effortForBudget } from '../../wire/openai-effort.ts'
import {
  clientFields,
  createChangeLog,
  leaveOutFields,
  unsayable,
  type ChangeLog,
} from '../../wire/openai-changes.ts'
import { renderPrompt } from './render-prompt.ts'
import { wordsOf } from './provider-words.ts'
import type { CallOptions, FunctionTool, LanguageModel, SupportedUrls, ToolChoiceOption } from './spec.ts'

export type RenderedCall = { readonly options: CallOptions; readonly changes: readonly WireChange[] }

export type CallTarget = {
  readonly package: string
  readonly maker: string
  readonly model: Pick<LanguageModel, 'specificationVersion'>
  readonly urls: SupportedUrls
}

/**
 * A conversation of any dialect as the options of a provider's call. `changes` names what providers have no word for;
 * throws `request.unsupported` for what would be another request without it.
 */
export function renderCall(conversation: Conversation, target: CallTarget): RenderedCall {
  refuseOtherForms(conversation)
  const log = createChangeLog()
  const version = target.model.specificationVersion
  const words = wordsOf(target.package)
  leaveOutFields(log, conversation.extra, '')
  if (conversation.parallelToolCalls === false)
    log.leftOut('parallel_tool_calls', 'the provider cannot be told to call one tool at a time')
  const { maker, urls } = target
  const prompt = renderPrompt(conversation, { version, maker, urls, cacheMark: words.cacheMark, log })
  const { tools, toolChoice } = conversation
  const providerOptions = conversation.reasoning === undefined ? {} : words.thinking(conversation.reasoning)
  const options: CallOptions = {
    prompt,
    ...renderSampling(conversation, log),
    ...renderFormat(conversation.responseFormat),
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => renderTool(tool, version, log)) }),
    ...(toolChoice === undefined ? {} : { toolChoice: renderChoice(toolChoice) }),
    ...renderEffort(conversation, version, log),
    ...(Object.keys(providerOptions).length === 0 ? {} : { providerOptions }),
  }
  return { options, changes: log.all() }
}

function refuseOtherForms({ answerCount, topLogprobs }: Conversation): void {
  if (answerCount > 1) throw unsayable('n', 'the provider gives one answer; ask several times')
  if (topLogprobs !== undefined) throw unsayable('logprobs', 'the provider reports no log-probabilities')
}

function renderSampling({ sampling }: Conversation, log: ChangeLog): Partial<CallOptions> {
  const { logitBias, stop, ...same } = sampling
  if (logitBias !== undefined) log.leftOut('logit_bias', 'token ids mean nothing to the provider')
  return { ...same, ...(stop === undefined ? {} : { stopSequences: stop }) }
}

function renderFormat(format: ResponseFormat | undefined): Pick<CallOptions, 'responseFormat'> {
  if (format?.kind === 'json') return { responseFormat: { type: 'json' } }
  if (format?.kind !== 'json-schema') return {}
  const { name, schema, description } = format
  return {
    responseFormat: { type: 'json', name, schema, ...(description === undefined ? {} : { description }) },
  }
}

function renderTool(tool: Tool, version: string, log: ChangeLog): FunctionTool {
  const { name, description, parameters, strict, cacheMark, extra } = tool
  leaveOutFields(log, extra, 'tools[]')
  if (cacheMark !== undefined)
    log.leftOut('tools[].cache_control', 'the provider takes no cache marks on tools')
  if (strict === true && version === 'v3') log.leftOut('tools[].strict', 'the provider has no such field')
  return {
    type: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(strict === undefined || version === 'v3' ? {} : { strict }),
  }
}

function renderChoice(choice: ToolChoice): ToolChoiceOption {
  switch (choice.kind) {
    case 'auto':
    case 'none':
    case 'required':
      return { type: choice.kind }
    case 'tool':
      return { type: 'tool', toolName: choice.name }
    case 'other':
      throw unsayable('tool_choice', 'the provider has no words for this choice')
    default:
      return choice satisfies never
  }
}

/** Version 4 has a word for effort; in version 3 only some providers have, in `provider-words.ts`. */
function renderEffort(
  conversation: Conversation,
  version: string,
  log: ChangeLog,
): Pick<CallOptions, 'reasoning'> {
  const { reasoning } = conversation
  if (reasoning === undefined) return {}
  const field = clientFields(conversation).reasoning
  if (version === 'v3') {
    log.leftOut(field, 'the provider package is too old to be told how much to think')
    return {}
  }
  const effort = reasoning.effort ?? effortForBudget(reasoning.budgetTokens, field, log)
  if (effort === undefined || EFFORTS.has(effort)) return effort === undefined ? {} : { reasoning: effort }
  log.leftOut(field, 'the provider knows no effort of this name')
  return {}
}

const EFFORTS: ReadonlySet<string> = new Set('none minimal low medium high xhigh max'.split(' '))
