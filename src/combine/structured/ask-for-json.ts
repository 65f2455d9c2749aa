import type { Conversation, Message } from '../../core/conversation.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { noFields } from '../../wire/json-extra.ts'
import type { JsonFormat } from './answer-checker.ts'

/**
 * The same conversation with the wanted form said in words. `jsonMode`: the engine writes JSON where it is only asked for
 * an object, which leaves the model fewer ways to go wrong.
 */
export function askForJson(
  conversation: Conversation,
  format: JsonFormat,
  { jsonMode }: { readonly jsonMode: boolean },
): Conversation {
  const { responseFormat: _format, messages, extra, ...same } = conversation
  return {
    ...same,
    messages: withInstruction(messages, instructionFor(format)),
    extra: withoutFormat(extra),
    ...(jsonMode && wantsObject(format) && { responseFormat: { kind: 'json' } }),
  }
}

/** The same for an engine that holds to most of a form while it writes: what the prompt says is the rest. */
export function tellForm(conversation: Conversation, format: JsonFormat): Conversation {
  return { ...conversation, messages: withInstruction(conversation.messages, instructionFor(format)) }
}

/** What was wrong goes back to the model, with its answer as far as it need be seen. */
export function askAgain(asked: Conversation, answer: string, faults: readonly string[]): Conversation {
  const given = answer.slice(0, MAX_QUOTED_CHARS).toWellFormed().trim()
  const why = `That is not the JSON that was asked for:\n${faults.map((fault) => `- ${fault}`).join('\n')}`
  const again = 'Write the whole answer again, corrected: only the JSON, no other text.'
  return {
    ...asked,
    messages: [
      ...asked.messages,
      // Servers refuse an empty turn.
      ...(given === '' ? [] : [said('assistant', given)]),
      said('user', `${why}\n${again}`),
    ],
  }
}

/** 16 k tokens: what is longer would take the room of the second answer. */
const MAX_QUOTED_CHARS = 64 * 1024

function wantsObject(format: JsonFormat): boolean {
  return format.kind === 'json' || format.schema['type'] === 'object'
}

function instructionFor(format: JsonFormat): string {
  const alone = 'no text before or after it, no code fence. Tools, if there are any, are called as usual.'
  if (format.kind === 'json') return `Answer with one JSON object and nothing else: ${alone}`
  const about = format.description === undefined ? '' : ` It is ${format.name}: ${format.description}`
  const schema = JSON.stringify(format.schema)
  return `Answer with one JSON value that is valid against the JSON schema below and nothing else: ${alone}${about}\n\n${schema}`
}

/**
 * At the end of the first message where that is the system's, so that a prompt cache keeps what stands before it; many
 * chat templates take no second message of the system.
 */
function withInstruction([first, ...rest]: readonly Message[], instruction: string): readonly Message[] {
  if (first === undefined || (first.role !== 'system' && first.role !== 'developer'))
    return [said('system', instruction), ...(first === undefined ? [] : [first]), ...rest]
  const last = first.parts.at(-1)
  // One text stays one text: small servers take no list of parts here.
  const joined = last?.kind === 'text' && last.cacheMark === undefined
  const parts = joined
    ? [...first.parts.slice(0, -1), { ...last, text: `${last.text}\n\n${instruction}` }]
    : [...first.parts, { kind: 'text' as const, text: instruction }]
  return [{ ...first, parts }, ...rest]
}

function said(role: Message['role'], text: string): Message {
  return { role, parts: [{ kind: 'text', text }], extra: noFields }
}

/** Without what parsers keep of a format beside its typed fields, each protocol in its own place. */
function withoutFormat(extra: JsonObject): JsonObject {
  const { response_format: _chat, output_format: _older, text, output_config: config, ...others } = extra
  return { ...others, ...withoutInner('text', text), ...withoutInner('output_config', config) }
}

function withoutInner(key: string, value: JsonObject[string] | undefined): JsonObject {
  if (value === undefined) return noFields
  if (!isJsonObject(value)) return { [key]: value }
  const { format: _format, ...others } = value
  return { [key]: others }
}
