import type { Conversation, Message, Part, Signature } from '../../core/conversation.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { parseDataUrl } from '../../wire/data-url.ts'
import { clientFields, leaveOutFields, unsayable, type ChangeLog } from '../../wire/openai-changes.ts'
import { isMadeBy } from '../../wire/signature-text.ts'
import type {
  FilePart,
  PromptMessage,
  PromptPart,
  ProviderFields,
  SupportedUrls,
  ToolOutput,
} from './spec.ts'

export type PromptWords = {
  readonly version: string
  /** What this provider's signatures are stamped with: only those are handed to it. */
  readonly maker: string
  readonly urls: SupportedUrls
  /** What says "keep everything up to here" to this provider; undefined where it has no such words. */
  readonly cacheMark: ProviderFields | undefined
  readonly log: ChangeLog
}

type PartOf<Kind extends Part['kind']> = Part & { readonly kind: Kind }

/** Messages as a provider package takes them: instructions first, then turns. */
export function renderPrompt(conversation: Conversation, words: PromptWords): readonly PromptMessage[] {
  const names = toolNames(conversation.messages)
  const instructions: PromptMessage[] = []
  const turns: PromptMessage[] = []
  for (const message of conversation.messages) {
    noteOwnFields(conversation, message, words)
    if (message.role !== 'system' && message.role !== 'developer')
      turns.push(...renderTurn(message, names, words))
    else {
      if (turns.length > 0)
        words.log.changed(
          `${clientFields(conversation).messages}.role`,
          'instructions stand before all turns here',
        )
      instructions.push(renderInstruction(message, words))
    }
  }
  return [...instructions, ...turns]
}

function noteOwnFields(conversation: Conversation, message: Message, { log }: PromptWords): void {
  const { messages, content } = clientFields(conversation)
  leaveOutFields(log, message.extra, messages)
  if (message.name !== undefined) log.leftOut(`${messages}.name`, 'the provider has no names of speakers')
  for (const part of message.parts) leaveOutFields(log, part.extra, content)
}

function renderInstruction({ parts }: Message, words: PromptWords): PromptMessage {
  const texts = parts.map((part) => {
    if (part.kind === 'text') return part.text
    throw unsayable('messages', 'instructions of this provider are text and nothing else')
  })
  return { role: 'system', content: texts.join('\n'), ...markOf(parts, words) }
}

function renderTurn(
  message: Message,
  names: ReadonlyMap<string, string>,
  words: PromptWords,
): readonly PromptMessage[] {
  const mark = markOf(message.parts, words)
  switch (message.role) {
    case 'assistant': {
      const content = message.parts.flatMap((part) => renderAssistantPart(part, words))
      // What another vendor thought was all there was: an empty turn would be refused.
      return content.length === 0 ? [] : [{ role: 'assistant', content, ...mark }]
    }
    case 'tool':
      return [{ role: 'tool', content: renderResults(message.parts, names, words), ...mark }]
    default:
      return [{ role: 'user', content: message.parts.map((part) => renderUserPart(part, words)), ...mark }]
  }
}

function markOf(parts: readonly Part[], words: PromptWords): { readonly providerOptions?: ProviderFields } {
  if (!parts.some(({ cacheMark }) => cacheMark !== undefined)) return {}
  if (words.cacheMark !== undefined) return { providerOptions: words.cacheMark }
  words.log.leftOut('cache_control', 'the provider takes no cache marks')
  return {}
}

function renderUserPart(part: Part, words: PromptWords): PromptPart {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: part.text }
    case 'image':
    case 'file':
    case 'audio':
      return renderFile(part, words)
    default:
      throw unsayable('messages', 'the provider has no words for a part of this kind')
  }
}

function renderAssistantPart(part: Part, words: PromptWords): readonly PromptPart[] {
  switch (part.kind) {
    case 'tool-call':
      return [renderCall(part, words)]
    case 'reasoning':
      return renderReasoning(part, words)
    default:
      return [renderUserPart(part, words)]
  }
}

function renderCall(
  { id, name, arguments: text, signature }: PartOf<'tool-call'>,
  words: PromptWords,
): PromptPart {
  const call = { type: 'tool-call' as const, toolCallId: id, toolName: name, input: inputOf(text, words) }
  const fields = ownFields(signature, words)
  return fields === undefined ? call : { ...call, providerOptions: fields }
}

/** Providers want the object, and a model's own words are not always JSON. */
function inputOf(text: string, { log }: PromptWords): Json {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text) as Json
  } catch {
    log.changed('arguments', 'a tool call whose arguments are no JSON is handed back inside an object')
    return { arguments: text }
  }
}

/** Thoughts go back to who had them. Anybody else would refuse them, or take them for its own. */
function renderReasoning(
  { text, signature }: PartOf<'reasoning'>,
  words: PromptWords,
): readonly PromptPart[] {
  const fields = ownFields(signature, words)
  if (fields !== undefined) return [{ type: 'reasoning', text, providerOptions: fields }]
  if (text !== '') words.log.leftOut('reasoning', 'the provider takes back only thoughts that it signed')
  return []
}

function ownFields(signature: Signature | undefined, { maker }: PromptWords): ProviderFields | undefined {
  if (signature === undefined || !isMadeBy(signature, maker) || !isJsonObject(signature.value))
    return undefined
  const fields = Object.entries(signature.value).filter((entry): entry is [string, JsonObject] =>
    isJsonObject(entry[1]),
  )
  return Object.fromEntries(fields)
}

/** What stands beside the text of one result belongs to it. */
function renderResults(
  parts: readonly Part[],
  names: ReadonlyMap<string, string>,
  words: PromptWords,
): readonly PromptPart[] {
  const byId = new Map<string, Part[]>()
  let id = ''
  for (const part of parts) {
    if (part.kind === 'tool-result') id = part.id
    byId.set(id, [...(byId.get(id) ?? []), part])
  }
  return [...byId].map(([toolCallId, group]) => ({
    type: 'tool-result' as const,
    toolCallId,
    toolName: names.get(toolCallId) ?? 'tool',
    output: outputOf(group, words),
  }))
}

function outputOf(parts: readonly Part[], words: PromptWords): ToolOutput {
  const texts = parts.filter((part) => part.kind === 'tool-result')
  if (texts.length < parts.length)
    return { type: 'content', value: parts.map((part) => outputItem(part, words)) }
  const failed = texts.some((part) => part.failed === true)
  return { type: failed ? 'error-text' : 'text', value: texts.map(({ text }) => text).join('\n') }
}

function outputItem(part: Part, words: PromptWords): JsonObject {
  if (part.kind === 'tool-result' || part.kind === 'text') return { type: 'text', text: part.text }
  if (part.kind !== 'image' && part.kind !== 'file')
    throw unsayable('messages', 'the provider has no words for a result of this kind')
  const data = parseDataUrl((part.kind === 'image' ? part.url : part.data) ?? '')
  if (data === undefined) throw unsayable('messages', 'a file in a result must be sent as a data URL')
  const { mediaType, base64 } = data
  if (words.version === 'v3')
    return { type: part.kind === 'image' ? 'image-data' : 'file-data', data: base64, mediaType }
  return { type: 'file', data: { type: 'data', data: base64 }, mediaType }
}

function renderFile(part: PartOf<'image' | 'file' | 'audio'>, words: PromptWords): FilePart {
  if (part.kind === 'audio') return filePart(`audio/${part.format}`, part.data, words)
  if (part.kind === 'file' && part.data === undefined)
    throw unsayable('file_id', 'this file lies with another vendor; send its data')
  const url = (part.kind === 'image' ? part.url : part.data) ?? ''
  const data = parseDataUrl(url)
  const name = part.kind === 'file' && part.filename !== undefined ? { filename: part.filename } : {}
  if (data !== undefined) return { ...filePart(data.mediaType, data.base64, words), ...name }
  return { ...linkedFile(url, part.kind, words), ...name }
}

function filePart(mediaType: string, base64: string, { version }: PromptWords): FilePart {
  return { type: 'file', mediaType, data: version === 'v3' ? base64 : { type: 'data', data: base64 } }
}

/** We fetch nothing on a client's behalf, so only what the provider's own server fetches can be sent as a link. */
function linkedFile(link: string, kind: 'image' | 'file', { version, urls }: PromptWords): FilePart {
  const url = URL.parse(link)
  const wanted = kind === 'image' ? 'image/' : ''
  const taken = Object.entries(urls).some(
    ([type, patterns]) =>
      (type.startsWith(wanted) || type === '*' || type === '*/*') &&
      patterns.some((pattern) => pattern.test(link.toLowerCase())),
  )
  if (url === null || !taken)
    throw unsayable(kind, 'the provider fetches no files from there; send a data URL')
  const mediaType = kind === 'image' ? 'image/*' : 'application/octet-stream'
  return { type: 'file', mediaType, data: version === 'v3' ? url : { type: 'url', url } }
}

/** A result names its call by id, and providers want the name of the tool as well. */
function toolNames(messages: readonly Message[]): ReadonlyMap<string, string> {
  const calls = messages.flatMap(({ parts }) => parts.filter((part) => part.kind === 'tool-call'))
  return new Map(calls.map(({ id, name }) => [id, name]))
}
