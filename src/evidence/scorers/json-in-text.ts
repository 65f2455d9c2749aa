import type { Json } from '../../core/json.ts'
import { nestedJsonIn } from '../../core/json-in-text.ts'

/**
 * The last whole JSON object (or list) in a text, whether alone, in a code fence or between sentences; undefined when
 * there is none. The last, because models that think aloud end with their answer.
 */
export function jsonInText(text: string, open: '{' | '['): Json | undefined {
  return nestedJsonIn(text, open).at(-1)?.value
}
