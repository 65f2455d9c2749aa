import type { ReasoningOrder, ResponseFormat } from '../../core/conversation.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import {
  invalidChoice,
  optionalInteger,
  optionalObject,
  optionalString,
  pathOf,
  requireObject,
} from '../field-checks.ts'
import { hasFields, noFields, setField, unknownFields } from '../json-extra.ts'

/**
 * `thinking`, `output_config` and the older `output_format` of a request. What `extra` gets says in which words the client
 * put it, and what else stood there; the rest of it is typed.
 */
export function parseOutputOrders(root: JsonObject, extra: Record<string, Json>): OutputOrders {
  const config = optionalObject(root, 'output_config', '') ?? noFields
  const effort = optionalString(config, 'effort', 'output_config')
  const thinking = parseThinking(optionalObject(root, 'thinking', ''))
  const off = thinking.reasoning?.effort === 'none'
  const format = parseFormat(root, config)
  const rest = unknownFields(config, OUTPUT_CONFIG, 'output_config')
  // Thoughts can be off while the effort is not: then only this protocol can say both.
  const left = {
    ...rest,
    ...(off && effort !== undefined ? { effort } : {}),
    ...(format.rest === undefined ? {} : { format: format.rest }),
  }
  if (hasFields(left)) setField(extra, 'output_config', left)
  if (thinking.extra !== undefined) setField(extra, 'thinking', thinking.extra)
  if (format.older !== undefined) setField(extra, 'output_format', format.older)
  const reasoning = off || effort === undefined ? thinking.reasoning : { ...thinking.reasoning, effort }
  return {
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(format.responseFormat === undefined ? {} : { responseFormat: format.responseFormat }),
  }
}

export type OutputOrders = { readonly reasoning?: ReasoningOrder; readonly responseFormat?: ResponseFormat }

const OUTPUT_CONFIG: ReadonlySet<string> = new Set(['effort', 'format'])
const FORMAT: ReadonlySet<string> = new Set(['type', 'schema'])
const BUDGET = { min: 1, max: Number.MAX_SAFE_INTEGER }

type ParsedThinking = { readonly reasoning?: ReasoningOrder; readonly extra?: JsonObject }

function parseThinking(thinking: JsonObject | undefined): ParsedThinking {
  if (thinking === undefined) return {}
  switch (thinking.type) {
    case 'enabled': {
      const budgetTokens = optionalInteger(thinking, 'budget_tokens', 'thinking', BUDGET)
      const { budget_tokens: _budget, ...extra } = thinking
      const budget = budgetTokens === undefined ? {} : { budgetTokens }
      return { reasoning: { ...budget, ...summaryOf(thinking) }, extra }
    }
    case 'adaptive':
      return { reasoning: summaryOf(thinking), extra: thinking }
    case 'disabled':
      return { reasoning: { effort: 'none' }, extra: thinking }
    default:
      if (typeof thinking.type !== 'string' || thinking.type === '')
        throw invalidChoice('thinking.type', ['enabled', 'adaptive', 'disabled'], thinking.type)
      return { extra: thinking }
  }
}

function summaryOf(thinking: JsonObject): { readonly summary?: string } {
  switch (optionalString(thinking, 'display', 'thinking')) {
    case 'omitted':
      return { summary: 'omitted' }
    case 'summarized':
      return { summary: 'auto' }
    default:
      return {}
  }
}

type ParsedFormat = {
  readonly responseFormat?: ResponseFormat
  /** What else stood in `output_config.format`. */
  readonly rest?: JsonObject
  /** What else stood in `output_format`; empty for nothing, and there only if the client used it. */
  readonly older?: JsonObject
}

/** `output_format` is what `output_config.format` was called before it was generally available. */
function parseFormat(root: JsonObject, config: JsonObject): ParsedFormat {
  const older = optionalObject(root, 'output_format', '')
  const format = older ?? optionalObject(config, 'format', 'output_config')
  if (format === undefined) return {}
  const path = older === undefined ? 'output_config.format' : 'output_format'
  if (format.type !== 'json_schema') throw invalidChoice(pathOf(path, 'type'), ['json_schema'], format.type)
  const schema = requireObject(format.schema, pathOf(path, 'schema'))
  const rest = unknownFields(format, FORMAT, path)
  const responseFormat = { kind: 'json-schema', name: FORMAT_NAME, schema } as const
  if (older !== undefined) return { responseFormat, older: rest }
  return hasFields(rest) ? { responseFormat, rest } : { responseFormat }
}

// Other protocols want a name for the schema, which a model may see and a client never does.
const FORMAT_NAME = 'answer'
