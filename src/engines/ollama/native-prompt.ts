import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { PromptSize } from './prompt-window.ts'

/**
 * The prompt of a chat completion as Ollama's own API takes it, turned as the server itself turns it: parts become messages,
 * arguments of tool calls become objects. Only what the template sees.
 */
export function nativePrompt(body: JsonObject): JsonObject {
  const messages = arrayIn(body['messages']).flatMap(nativeMessages)
  const tools = arrayIn(body['tools'])
  return { messages, ...(tools.length > 0 && { tools }) }
}

/** How long it is, without its pictures. */
export function sizeOf(prompt: JsonObject): PromptSize {
  let pictures = false
  const text = JSON.stringify(prompt, (key, value: unknown) => {
    if (key !== 'images') return value
    pictures = true
    return undefined
  })
  return { bytes: Buffer.byteLength(text), units: text.length, pictures }
}

function nativeMessages(message: Json): readonly JsonObject[] {
  if (!isJsonObject(message)) return []
  const { role = 'user', content, tool_calls: calls, reasoning, tool_call_id: id, name } = message
  const own = {
    role,
    ...(typeof reasoning === 'string' && { thinking: reasoning }),
    ...(typeof id === 'string' && { tool_call_id: id }),
    ...(typeof name === 'string' && { tool_name: name }),
    ...(isJsonArray(calls) && { tool_calls: calls.flatMap(nativeCall) }),
  }
  if (!isJsonArray(content)) return [{ ...own, content: typeof content === 'string' ? content : '' }]
  const parts = content.flatMap((part) => nativePart(part))
  return parts.map((part, index) => ({ ...(index === parts.length - 1 ? own : { role }), ...part }))
}

function nativePart(part: Json): readonly JsonObject[] {
  if (!isJsonObject(part)) return []
  if (part['type'] === 'text') return [{ content: typeof part['text'] === 'string' ? part['text'] : '' }]
  const image = part['image_url']
  const url = isJsonObject(image) ? image['url'] : image
  // Anything but data the server refuses by itself.
  const [, base64] = /^data:[^,]*;base64,(.*)$/s.exec(typeof url === 'string' ? url : '') ?? []
  return base64 === undefined ? [] : [{ content: '', images: [base64] }]
}

function nativeCall(call: Json): readonly JsonObject[] {
  const made = isJsonObject(call) ? call['function'] : undefined
  if (!isJsonObject(made) || typeof made['name'] !== 'string') return []
  return [{ function: { name: made['name'], arguments: argumentsIn(made['arguments']) } }]
}

function argumentsIn(text: Json | undefined): JsonObject {
  try {
    const value: unknown = JSON.parse(typeof text === 'string' ? text : '{}')
    return isJsonObject(value) ? value : {}
  } catch {
    // The server refuses the call itself for this; here it only must not be counted as more than it is.
    return {}
  }
}

function arrayIn(value: Json | undefined): readonly Json[] {
  return isJsonArray(value) ? value : []
}
