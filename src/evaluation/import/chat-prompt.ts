import { isJsonArray, type Json } from '../../core/json.ts'
import { nameIn, objectIn } from './row-fields.ts'

/** A chat as one text: its only message, or every message after the name of its role. Undefined when it is neither. */
export function promptIn(input: Json | undefined): string | undefined {
  if (typeof input === 'string') return input
  if (!isJsonArray(input)) return undefined
  const messages = input.map(messageIn)
  if (messages.length === 0 || messages.some((message) => message === undefined)) return undefined
  const known = messages.filter((message) => message !== undefined)
  const [only] = known
  if (known.length === 1 && only !== undefined) return only.content
  return known.map(({ role, content }) => `${role}: ${content}`).join('\n\n')
}

/** The messages of a chat of more than one, kept beside the prompt because one text cannot say who spoke. */
export function messagesIn(input: Json | undefined): Json | undefined {
  return isJsonArray(input) && input.length > 1 ? input : undefined
}

function messageIn(message: Json): { readonly role: string; readonly content: string } | undefined {
  const { role, type, content } = objectIn(message)
  const speaker = nameIn(role) ?? nameIn(type)
  const text = typeof content === 'string' ? content : partsText(content)
  return speaker === undefined || text === undefined ? undefined : { role: speaker, content: text }
}

/** `[{"type":"text","text":…}]`, as multimodal messages have it; what is no text has no place in a prompt. */
function partsText(content: Json | undefined): string | undefined {
  if (!isJsonArray(content)) return undefined
  const texts = content.map((part) => objectIn(part)['text'])
  return texts.every((text) => typeof text === 'string') ? texts.join('\n') : undefined
}
