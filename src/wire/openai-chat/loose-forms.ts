import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'

/*
 * Two forms that Cursor sends and OpenAI refuses: an empty list as the content beside an assistant's calls, and a custom
 * tool as the Responses protocol writes it.
 */

/** Such a body cannot pass through as it is; said again in our words it can. */
export function hasLooseForms({ messages, tools }: JsonObject): boolean {
  return listOf(messages).some(hasEmptyContent) || listOf(tools).some(isFlatCustomTool)
}

/** Says nothing, with an empty list where others have null. */
export function hasEmptyContent(message: Json): boolean {
  if (!isJsonObject(message) || message.role !== 'assistant') return false
  return isJsonArray(message.content) && message.content.length === 0 && listOf(message.tool_calls).length > 0
}

/** `{type, name, …}` as `{type, custom: {name, …}}`; every other tool as it is. */
export function nestedTool(tool: JsonObject): JsonObject {
  if (!isFlatCustomTool(tool)) return tool
  const { type, ...custom } = tool
  return { type: type ?? null, custom: nestedFormat(custom) }
}

function isFlatCustomTool(tool: Json): boolean {
  return isJsonObject(tool) && tool.type === 'custom' && tool.custom === undefined && tool.name !== undefined
}

/** A grammar stands one level deeper here too. */
function nestedFormat(custom: JsonObject): JsonObject {
  const { format, ...others } = custom
  if (!isJsonObject(format)) return custom
  const { type, ...grammar } = format
  return type === 'grammar' && format.grammar === undefined
    ? { ...others, format: { type, grammar } }
    : custom
}

function listOf(value: Json | undefined): readonly Json[] {
  return isJsonArray(value) ? value : []
}
