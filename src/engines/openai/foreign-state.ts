import type { WireChange } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'

/**
 * A server of OpenAI's cannot read the state of a thought that another key, organisation or region encrypted, and refuses the
 * whole conversation for it, before it begins. By status and code alone: words of a message may be the client's own.
 */
export function refusedForState(thrown: unknown): boolean {
  if (!(thrown instanceof MusivumError)) return false
  const { upstreamStatus, upstreamCode } = thrown.facts
  return upstreamStatus === 400 && upstreamCode === 'invalid_encrypted_content'
}

/** Thoughts help the next answer and are no part of what was said; to ask without them is better than not at all. */
export const STATE_LEFT_OUT: WireChange = {
  kind: 'left-out',
  path: 'input[].reasoning',
  why: 'the server could not read it: another key or region encrypted it',
}

/**
 * The text of a request of Responses without its reasoning items, those without state too: the server refuses what is left of
 * them as well. An id makes it look for the thought that stood before an item, so those go with them. Undefined: there is none.
 */
export function withoutReasoning(body: string): string | undefined {
  const request = JSON.parse(body) as Json
  if (!isJsonObject(request) || !isJsonArray(request.input)) return undefined
  const kept = request.input.filter((item) => !isJsonObject(item) || item.type !== 'reasoning')
  if (kept.length === request.input.length) return undefined
  return JSON.stringify({ ...request, input: kept.map(withoutId) })
}

function withoutId(item: Json): Json {
  if (!isJsonObject(item) || (item.type !== 'message' && item.type !== 'function_call')) return item
  const { id: _, ...rest } = item
  return rest
}

/**
 * The events of `first`; where it fails for its state before any event came, those of `again`, once. `again` says undefined
 * when there is nothing to leave out.
 */
export async function* orWithoutState(
  first: AsyncIterable<AnswerEvent>,
  again: () => AsyncIterable<AnswerEvent> | undefined,
): AsyncGenerator<AnswerEvent, undefined> {
  let begun = false
  try {
    for await (const event of first) {
      begun = true
      yield event
    }
    return undefined
  } catch (thrown) {
    const second = begun || !refusedForState(thrown) ? undefined : again()
    if (second === undefined) throw thrown
    yield* second
    return undefined
  }
}
