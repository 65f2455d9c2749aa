import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'

/** The object of a line, or undefined when there is none. The parser's own message would quote the line. */
export function parseRow(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, '')) as Json
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
