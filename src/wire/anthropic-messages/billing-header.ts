import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { editJsonObject } from '../json-edit.ts'
import { scanJson } from '../json-scan.ts'

/** The key under which the block travels in `extra` of a conversation, and how its text begins. */
export const BILLING_HEADER = 'x-anthropic-billing-header'

/**
 * Claude Code begins `system` with a line such as `x-anthropic-billing-header: cc_version=2.1.177.01c; cc_entrypoint=cli;
 * cch=36ee5;`. It is for Anthropic's accounts, not for the model, and `cch` is another with every request: as the first
 * tokens of the prompt it makes every prefix cache but Anthropic's own miss.
 */
export function isBillingHeader(text: string): boolean {
  return text.startsWith(`${BILLING_HEADER}:`)
}

export type SplitSystem = {
  /** What is left of `system` for a model to read; undefined when nothing is. */
  readonly system: Json | undefined
  /** A block that held only the header, or the line that began a longer text. Absent when there was none. */
  readonly header?: JsonObject | string
}

/** `system` without the header, and the header in the form that `joinBillingHeader` puts back. */
export function splitBillingHeader(system: Json | undefined): SplitSystem {
  if (typeof system === 'string') return isBillingHeader(system) ? splitText(system) : { system }
  const first = isJsonArray(system) ? system[0] : undefined
  if (!isJsonArray(system) || !isJsonObject(first) || typeof first.text !== 'string') return { system }
  if (!isBillingHeader(first.text)) return { system }
  const rest = system.slice(1)
  const { header, system: text } = splitText(first.text)
  if (text !== undefined) return { system: [{ ...first, text }, ...rest], ...(header && { header }) }
  return { system: rest.length === 0 ? undefined : rest, header: first }
}

export function joinBillingHeader(system: Json | undefined, header: Json): Json {
  if (typeof header !== 'string') return [header, ...blocksOf(system)]
  if (system === undefined || typeof system === 'string') return header + (system ?? '')
  const [first, ...rest] = blocksOf(system)
  const text = isJsonObject(first) && typeof first.text === 'string' ? first.text : ''
  return [{ type: 'text', ...(isJsonObject(first) ? first : {}), text: header + text }, ...rest]
}

/** A client's body without the header, every other member of it byte for byte; undefined when it has none. */
export function bodyWithoutBillingHeader(body: string): string | undefined {
  if (!body.includes(BILLING_HEADER)) return undefined
  const members = scanJson(body)
  const member = members.find(({ key }) => key === 'system')
  if (member === undefined) return undefined
  const split = splitBillingHeader(JSON.parse(body.slice(member.valueStart, member.end)) as Json)
  if (split.header === undefined) return undefined
  const set = new Map(split.system === undefined ? [] : [['system', JSON.stringify(split.system)]])
  return editJsonObject(body, members, { set, drop: new Set(set.size === 0 ? ['system'] : []) })
}

/** The header is one line; what follows it in the same text is the prompt. */
function splitText(text: string): SplitSystem {
  const end = text.indexOf('\n') + 1
  const rest = end === 0 ? '' : text.slice(end)
  return rest === '' ? { system: undefined, header: text } : { system: rest, header: text.slice(0, end) }
}

function blocksOf(system: Json | undefined): readonly Json[] {
  if (system === undefined) return []
  return isJsonArray(system) ? system : [{ type: 'text', text: system }]
}
