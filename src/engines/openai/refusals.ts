import type { Conversation } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'
import { scanJson } from '../../wire/json-scan.ts'
import type { Capability, RelayRequest } from '../engine.ts'
import type { OpenAiServer } from './openai-server.ts'

/** Leaving these out would change the form of the answer, so a request for them is refused instead. */
export function refuseUnsupported(
  name: string,
  { capabilities: can }: Pick<OpenAiServer, 'capabilities'>,
  conversation: Conversation,
): void {
  const { tools, responseFormat, topLogprobs, answerCount, messages } = conversation
  if (!can.tools && tools.length > 0) throw unsupported(name, 'tools')
  const { kind } = responseFormat ?? {}
  if ((kind === 'json' && !can.jsonObject) || (kind === 'json-schema' && !can.jsonSchema))
    throw unsupported(name, 'response_format')
  if (!can.logprobs && topLogprobs !== undefined) throw unsupported(name, 'logprobs')
  if (!can.severalAnswers && answerCount > 1) throw unsupported(name, 'n')
  const hasImage = messages.some(({ parts }) => parts.some(({ kind }) => kind === 'image'))
  if (!can.images && hasImage) throw unsupported(name, 'images')
}

/** The same for a request that passes through as text. Images are the server's to refuse: finding them means reading all of it. */
export function refuseRelayed(
  name: string,
  { capabilities, relays, quirks }: Pick<OpenAiServer, 'capabilities' | 'relays' | 'quirks'>,
  { operation, body }: Pick<RelayRequest, 'operation' | 'body'>,
): void {
  if (!relays.has(operation)) throw unsupported(name, operation)
  const asked = ASKS.filter(
    ({ field, capability }) =>
      (!capabilities[capability] || quirks.drops.has(field)) && body.includes(`"${field}"`),
  )
  if (asked.length === 0) return
  const members = new Map(scanJson(body).map((member) => [member.key, member]))
  for (const { field, isAsked } of asked) {
    const member = members.get(field)
    if (member === undefined) continue
    const value = JSON.parse(body.slice(member.valueStart, member.end)) as Json
    if (isAsked(value, quirks.drops.has(field))) throw unsupported(name, field)
  }
}

type Asking = {
  readonly field: string
  readonly capability: Capability
  readonly isAsked: (value: Json, dropped: boolean) => boolean
}

const ASKS: readonly Asking[] = [
  { field: 'tools', capability: 'tools', isAsked: (value) => isJsonArray(value) && value.length > 0 },
  {
    field: 'response_format',
    capability: 'jsonSchema',
    isAsked: (value, dropped) =>
      isJsonObject(value) && (value.type === 'json_schema' || (dropped && value.type !== 'text')),
  },
  {
    field: 'text',
    capability: 'jsonSchema',
    isAsked: (value) =>
      isJsonObject(value) && isJsonObject(value.format) && value.format.type === 'json_schema',
  },
  { field: 'logprobs', capability: 'logprobs', isAsked: (value) => value === true },
  { field: 'n', capability: 'severalAnswers', isAsked: (value) => typeof value === 'number' && value > 1 },
]

function unsupported(name: string, what: string): MusivumError {
  const message = `The server behind ${name} does not take ${what}; ask another model or leave it out.`
  return new MusivumError('request.unsupported', message, { param: what })
}
