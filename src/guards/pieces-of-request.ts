import type { Conversation, Message, Part, Tool } from '../core/conversation.ts'
import type { JsonObject } from '../core/json.ts'
import type { BlockKind, GuardedContent, Piece, Said } from './guard.ts'

/** Every text of a request. Pictures, files, recordings and token ids have none, and no guard of ours reads them. */
export function piecesOf(content: GuardedContent): readonly Piece[] {
  if ('inputs' in content)
    return content.inputs.flatMap((text, index) =>
      typeof text === 'string' ? [{ where: `input[${index}]`, kind: 'document' as const, text }] : [],
    )
  if ('documents' in content)
    return [
      { where: 'query', kind: 'user', text: content.query },
      ...content.documents.map((text, index) => ({
        where: `documents[${index}]`,
        kind: 'document' as const,
        text,
      })),
    ]
  return piecesOfConversation(content)
}

/** What the instructions of a request say, for the check that an answer does not repeat them. */
export function systemPromptOf(content: GuardedContent): string {
  if (!('messages' in content)) return ''
  const texts = content.messages.flatMap((message) =>
    isSystem(message) ? message.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])) : [],
  )
  return texts.join('\n')
}

/** What was said so far, without calls, results and pictures. */
export function saidIn(content: GuardedContent): readonly Said[] {
  if (!('messages' in content)) return piecesOf(content).map(({ text }) => ({ role: 'user' as const, text }))
  return content.messages.flatMap((message) => {
    const role = isSystem(message) ? 'system' : message.role === 'assistant' ? 'assistant' : 'user'
    const text = message.parts
      .flatMap((part) => (part.kind === 'text' || part.kind === 'tool-result' ? [part.text] : []))
      .join('\n')
    return text === '' ? [] : [{ role, text } as const]
  })
}

export function kindOfPart(role: Message['role'], part: Part): BlockKind {
  switch (part.kind) {
    case 'tool-call':
    case 'tool-result':
    case 'reasoning':
      return part.kind
    default:
      return kindOfRole(role)
  }
}

export function kindOfRole(role: Message['role']): BlockKind {
  return role === 'tool' ? 'tool-result' : role === 'developer' ? 'system' : role
}

function isSystem({ role }: Message): boolean {
  return role === 'system' || role === 'developer'
}

function piecesOfConversation({
  messages,
  tools,
  responseFormat,
  sampling,
  extra,
}: Conversation): readonly Piece[] {
  return [
    ...messages.flatMap(piecesOfMessage),
    ...tools.map(pieceOfTool),
    ...pieceOfFields(
      'response format',
      responseFormat?.kind === 'json-schema' ? { ...responseFormat } : {},
      'user',
    ),
    ...pieceOfFields('stop sequences', sampling.stop === undefined ? {} : { stop: sampling.stop }, 'user'),
    ...pieceOfFields('fields', extra, 'user'),
  ]
}

function piecesOfMessage(message: Message, index: number): readonly Piece[] {
  const where = `messages[${index}]`
  const { name, extra } = message
  const named = name === undefined ? extra : { ...extra, name }
  const fields = pieceOfFields(where, named, kindOfRole(message.role))
  const parts = message.parts.flatMap((part): Piece[] => {
    const text = textOfPart(part)
    const kind = kindOfPart(message.role, part)
    return [...(text === '' ? [] : [{ where, kind, text }]), ...pieceOfFields(where, part.extra ?? {}, kind)]
  })
  return [...parts, ...fields]
}

function textOfPart(part: Part): string {
  switch (part.kind) {
    case 'text':
    case 'refusal':
    case 'reasoning':
    case 'tool-result':
      return part.text
    case 'tool-call':
      return part.arguments
    case 'other':
      return JSON.stringify(part.value)
    case 'image':
    case 'file':
    case 'audio':
      return ''
    default:
      return part satisfies never
  }
}

function pieceOfTool(tool: Tool, index: number): Piece {
  const { name, description = '', parameters = {}, extra } = tool
  const text = `${name}\n${description}\n${JSON.stringify({ ...extra, parameters })}`
  return { where: `tools[${index}]`, kind: 'tool', text }
}

function pieceOfFields(where: string, fields: JsonObject, kind: BlockKind): readonly Piece[] {
  return Object.keys(fields).length === 0 ? [] : [{ where, kind, text: JSON.stringify(fields) }]
}
