import type { JsonObject } from '../../core/json.ts'
import { writeJson } from '../openai-json-text.ts'

/** One server-sent event. Anthropic names every event as its data's `type` does, and its clients read the name. */
export function eventText(name: string, data: JsonObject): string {
  return eventOf(name, writeJson(data))
}

/** The same from JSON text, for what comes with every piece of an answer. */
export function eventOf(name: string, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`
}
