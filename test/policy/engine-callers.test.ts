import { expect, test } from 'vitest'
import { tokensOf, type Token } from '../architecture/tokens.ts'
import { sourceOf, trackedFiles } from '../architecture/tracked-files.ts'

/** What an engine does with a request. `relay` may also be bound to its engine and a permit first. */
const METHODS = new Set(['answer', 'embed', 'rerank', 'countTokens', 'relay'])

/** Objects that have a method of the same name and are no engine, with what they are. */
const OTHERS: Readonly<Record<string, string>> = {
  collector: 'collects the events of an answer',
  loaded: 'the weights, in the child process that an engine has sent the request to',
}

/**
 * Every place in src/ that hands a request to an engine. A new one is added here on purpose, by somebody who has thought
 * about where its permit comes from.
 */
const CALLERS = [
  'src/combine/answerer.ts answer',
  'src/engines/endpoints/endpoints-engine.ts answer',
  'src/engines/endpoints/endpoints-engine.ts countTokens',
  'src/engines/endpoints/endpoints-engine.ts embed',
  'src/engines/endpoints/endpoints-engine.ts relay',
  'src/engines/endpoints/endpoints-engine.ts rerank',
  'src/engines/llama-server/llama-server-engine.ts answer',
  'src/engines/llama-server/llama-server-engine.ts embed',
  'src/engines/llama-server/llama-server-engine.ts rerank',
  'src/engines/ollama/ollama-engine.ts answer',
  'src/engines/ollama/ollama-engine.ts relay',
  'src/gateway/count-tokens.ts countTokens',
  'src/gateway/duties/logged-engine.ts answer',
  'src/gateway/duties/logged-engine.ts countTokens',
  'src/gateway/duties/logged-engine.ts embed',
  'src/gateway/duties/logged-engine.ts rerank',
  'src/gateway/duties/marked-engine.ts answer',
  'src/gateway/duties/masked-engine.ts answer',
  'src/gateway/duties/masked-engine.ts countTokens',
  'src/gateway/duties/masked-engine.ts embed',
  'src/gateway/duties/masked-engine.ts rerank',
  'src/gateway/embeddings.ts embed',
  'src/gateway/relay.ts relay',
  'src/gateway/rerank.ts rerank',
]

// A permit and what leads to it; a call that is longer is read no further.
const MAX_TOKENS = 24

type Call = { readonly at: string; readonly method: string; readonly permit: string | undefined }

const sources = trackedFiles().filter(
  (path) => /^src\/.*\.ts$/.test(path) && !/\.(test|conformance|fixture)\.ts$/.test(path),
)
const calls = sources.flatMap((path) => callsIn(sourceOf(path)).map((call) => ({ path, ...call })))

test('the callers of engines are those that are known', () => {
  const found = new Set(calls.map(({ path, method }) => `${path} ${method}`))
  expect([...found].toSorted()).toEqual(CALLERS)
})

test('every one of them hands over a permit before anything else', () => {
  const without = calls.filter(({ permit }) => permit === undefined)
  expect(without.map(({ path, at, method }) => `${path}:${at} ${method}`)).toEqual([])
})

test('the scan sees a call with a permit, one without, an optional one and a bound one, and not their look-alikes', () => {
  const seen = callsIn(
    'engine.answer(permit, c); engine.embed(request); e.rerank?.(chosen.permit, r); engine.relay.bind(engine, permit, r)',
  )
  expect(seen.map(({ method, permit }) => [method, permit])).toEqual([
    ['answer', 'permit'],
    ['embed', undefined],
    ['rerank', 'chosen.permit'],
    ['relay', 'permit'],
  ])
  expect(
    callsIn('collector.answer(); answer(x); const o = { answer(permit) {} }; "engine.answer(x)"'),
  ).toEqual([])
})

test('permits are minted in one file', () => {
  const minting = sources.filter((path) => /as unknown as Permit|as Permit\b/.test(sourceOf(path)))
  expect(minting).toEqual(['src/policy/permit.ts'])
})

function callsIn(source: string): readonly Call[] {
  const tokens = tokensOf(source).filter(({ kind }) => kind !== 'comment')
  return tokens.flatMap((token, index) => callAt(tokens, index, token) ?? [])
}

function callAt(tokens: readonly Token[], index: number, token: Token): Call | undefined {
  const [owner, dot] = [tokens[index - 2], tokens[index - 1]]
  const called = dot?.text === '.' || dot?.text === '?.'
  if (token.kind !== 'word' || !METHODS.has(token.text) || !called || owner?.kind !== 'word') return undefined
  if (Object.hasOwn(OTHERS, owner.text)) return undefined
  const args = argumentsAfter(tokens, index + 1)
  if (args === undefined) return undefined
  const permit = args.find((each) => /(^|\.)permit$/.test(each))
  return { at: String(token.line), method: token.text, permit }
}

/** The first two arguments of a call as they are written; undefined where nothing is called. */
function argumentsAfter(tokens: readonly Token[], start: number): readonly string[] | undefined {
  const text = (at: number) => tokens[at]?.text
  const bound = text(start) === '.' && text(start + 1) === 'bind'
  const opens = [start, start + 1, start + 2].find((at) => text(at) === '(')
  if (opens === undefined) return undefined
  const between = tokens.slice(start, opens).map((each) => each.text)
  if (!bound && between.join('') !== '' && between.join('') !== '?.') return undefined
  const args: string[] = ['']
  for (let at = opens + 1; at < opens + MAX_TOKENS && text(at) !== ')' && text(at) !== '('; at += 1) {
    if (text(at) === ',') args.push('')
    else args[args.length - 1] += text(at) ?? ''
  }
  // A bound method has the engine first.
  return args.slice(bound ? 1 : 0, bound ? 2 : 1)
}
