import { isDeepStrictEqual } from 'node:util'
import type { Dialect } from '../../src/core/conversation.ts'
import { readTurns, type ReadTurn } from './read-turns.ts'
import { say, type SaidCall, type Saying } from './say.ts'
import { refusal, startVendors, type VendorRequest, type Vendors } from './vendors.ts'

/** Turns with tools; the next one is the end. */
export const AGENT_TURNS = 20

/**
 * A model that works with tools for `AGENT_TURNS` turns: it thinks, sometimes says something, and calls up to three tools at
 * once. What it does depends only on the messages it gets. Before each turn it looks through all of the history: a call with
 * another id or other arguments, a result that is missing or another one, a thought without its signature is refused with
 * status 400 and the place. A client that cannot hand back thoughts asks for the model `forgetful`.
 */
export function startAgent(): Promise<Vendors> {
  return startVendors((request) => {
    const { dialect, body, stream } = request
    const { turns, results } = readTurns(request)
    const fault = historyFault(request, turns, results)
    if (fault !== undefined) return refusal(dialect, fault)
    const saying =
      turns.length < AGENT_TURNS ? turnOf(dialect, turns.length) : { text: lastWords([...results.values()]) }
    return { body: say(dialect, body.model, saying, stream) }
  })
}

/** What it says in its turn: the same in every protocol but for ids and signatures, which are the vendor's own. */
export function turnOf(
  dialect: Dialect,
  turn: number,
): Required<Pick<Saying, 'reasoning' | 'calls'>> & Saying {
  return {
    reasoning: {
      text: `Turn ${turn}: which ones are ${turn % 2 === 0 ? 'even' : 'odd'}? नहीं…`,
      signature: `${dialect}+sig/${turn}==`,
    },
    ...(turn % 3 === 0 && { text: `Step ${turn}. "Quoted" ✓` }),
    calls: Array.from({ length: 1 + (turn % 3) }, (_, index) => ({
      id: callId(dialect, turn, index),
      name: index === 1 ? 'now' : 'look_up',
      arguments:
        index === 1 ? '{}' : JSON.stringify({ word: `w${turn}·${index}`, of: [turn, { deep: null }] }),
    })),
  }
}

/** As each vendor writes them. In chat also as Kimi does, with characters that Anthropic does not take. */
function callId(dialect: Dialect, turn: number, index: number): string {
  if (dialect === 'anthropic-messages') return `toolu_01${turn}x${index}`
  if (dialect === 'openai-chat' && turn % 4 === 0) return `functions.look_up:${turn}${index}`
  return `call_${turn}_${index}`
}

/** What the tools answer: the client runs them, the model knows what must come. */
export function toolAnswer(name: string, input: unknown): string {
  return `${name} says ${JSON.stringify(input)} — "ok" ☂`
}

/** Names every result, in order. */
export function lastWords(results: readonly string[]): string {
  return `Done after ${results.length}: ${results.join(' | ')}`
}

function historyFault(
  { dialect, body }: VendorRequest,
  turns: readonly ReadTurn[],
  results: ReadonlyMap<string, string>,
): string | undefined {
  for (const [index, given] of turns.entries()) {
    const said = turnOf(dialect, index)
    const fault =
      callFault(said.calls, given.calls, results) ??
      (given.text === (said.text ?? '') ? undefined : `another text: ${given.text}`) ??
      (body.model === 'forgetful' ? undefined : thoughtFault(said.reasoning, given.thoughts))
    if (fault !== undefined) return `turn ${index}: ${fault}`
  }
  return undefined
}

function callFault(
  said: readonly SaidCall[],
  given: ReadTurn['calls'],
  results: ReadonlyMap<string, string>,
): string | undefined {
  const expected = said.map((call) => ({ ...call, input: JSON.parse(call.arguments) as unknown }))
  const wanted = expected.map(({ id, name, input }) => ({ id, name, input }))
  if (!isDeepStrictEqual(given, wanted)) return `other calls: ${JSON.stringify(given)}`
  const lost = expected.find(({ id, name, input }) => results.get(id) !== toolAnswer(name, input))
  return lost === undefined ? undefined : `another result of ${lost.id}: ${results.get(lost.id)}`
}

function thoughtFault(said: ReadTurn['thoughts'][number], given: ReadTurn['thoughts']): string | undefined {
  return isDeepStrictEqual(given, [said]) ? undefined : `other thoughts: ${JSON.stringify(given)}`
}
