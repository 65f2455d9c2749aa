import { createHmac } from 'node:crypto'
import type { Dialect } from '../../src/core/conversation.ts'
import type { AnswerEvent } from '../../src/core/events.ts'
import { createAnswerRestorer } from '../../src/privacy/masked-call/restore-answer.ts'
import { createMasker } from '../../src/privacy/pseudonyms/masker.ts'
import { pseudonyms } from '../../src/privacy/pseudonyms/pseudonyms.ts'
import { createRestorer } from '../../src/privacy/pseudonyms/restorer.ts'
import { createRecognise } from '../../src/privacy/recognise/recognise.ts'
import { createMessagesStreamParser } from '../../src/wire/anthropic-messages/parse-answer.ts'
import { createChatStreamParser } from '../../src/wire/openai-chat/parse-answer.ts'
import { createResponsesStreamParser } from '../../src/wire/openai-responses/parse-answer.ts'
import { createSseParser } from '../../src/wire/sse.ts'
import { say } from '../../test/upstream/say.ts'
import { MANGLINGS } from './manglings.ts'

/** One text, or kind of text, and in how many ways it was cut. */
export type CutCount = {
  readonly what: string
  readonly tried: number
  /** Cuts after which something else came out than of the whole. */
  readonly different: number
  /** Values that came out unmasked after some cut. */
  readonly leaks: number
  /** The most characters that a restorer held. */
  readonly held: number
}

type Cut = readonly string[]

const recognise = createRecognise()
const VALUES = ['ada@example.org', '+44 20 7946 0958', '4111 1111 1111 1111', '३९९८ ७६५४ ३२११']
const LETTER = `Dear Ada, write to ${VALUES[0]} or call ${VALUES[1]}. Card ${VALUES[2]}; आधार ${VALUES[3]}, "${VALUES[0]}" <b>`

const names = scope()
const masked = names.mask(LETTER, recognise(LETTER))
const tokens = [...names.replaced.keys()]
/** A sentence of every way in which a token may come back. */
const SPOILED = MANGLINGS.map(({ mangle }, index) => `(${mangle(tokens[index % tokens.length] ?? '')}), `)

/** Every text at every position, short ones at every pair of positions, in both directions. */
export function countCuts(quick: boolean): readonly CutCount[] {
  return [...restoring(quick), ...ofAnswers(quick), ...masking(quick)]
}

function scope() {
  return pseudonyms({ hmac: (text) => createHmac('sha256', 'cuts').update(text).digest() })
}

function* everyCut(text: string, step = 1): Iterable<Cut> {
  for (let at = 0; at <= text.length; at += step) yield [text.slice(0, at), text.slice(at)]
}

function* everyPair(text: string, step = 1): Iterable<Cut> {
  for (let first = 0; first <= text.length; first += step)
    for (let second = first; second <= text.length; second += step)
      yield [text.slice(0, first), text.slice(first, second), text.slice(second)]
}

function* characters(text: string): Iterable<Cut> {
  yield text.split('')
}

function restoring(quick: boolean): readonly CutCount[] {
  const whole = SPOILED.join('')
  const step = quick ? 7 : 1
  return [
    count('restoring, a letter, every pair', everyPair(masked, step), restoredInPieces),
    count('restoring, each spoiled token, every pair', allOf(SPOILED, step), restoredInPieces),
    count('restoring, all spoiled tokens, every cut', everyCut(whole, step), restoredInPieces),
    count('restoring, all spoiled tokens, by character', characters(whole), restoredInPieces),
  ]
}

function* allOf(texts: readonly string[], step: number): Iterable<Cut> {
  for (const text of texts) yield* everyPair(text, step)
}

type Outcome = { readonly out: string; readonly held: number }

function restoredInPieces(pieces: Cut): Outcome {
  const restorer = createRestorer(names.replaced)
  let held = 0
  let out = ''
  for (const piece of pieces) {
    out += restorer.push(piece)
    held = Math.max(held, restorer.held())
  }
  out += restorer.end()
  return { out: `${out}\0${restorer.restored()}\0${restorer.unknown().join('\0')}`, held }
}

/** Compares each cut with its own text in one piece, whose outcome is worked out once. */
function count(what: string, cuts: Iterable<Cut>, run: (pieces: Cut) => Outcome): CutCount {
  let [tried, different, held] = [0, 0, 0]
  let [text, uncut] = ['', run(['']).out]
  for (const pieces of cuts) {
    const joined = pieces.join('')
    if (joined !== text) [text, uncut] = [joined, run([joined]).out]
    const outcome = run(pieces)
    tried += 1
    held = Math.max(held, outcome.held)
    if (outcome.out !== uncut) different += 1
  }
  return { what, tried, different, leaks: 0, held }
}

const DIALECTS = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
] as const satisfies readonly Dialect[]

/** Text, reasoning and arguments of a call, as the readers of three protocols make events of their streams. */
function ofAnswers(quick: boolean): readonly CutCount[] {
  return DIALECTS.flatMap((dialect) => {
    const events = eventsOf(dialect)
    return (['text-delta', 'reasoning-delta', 'tool-call-delta'] as const).map((kind) =>
      count(
        `restoring, ${dialect}, ${kind}, every pair`,
        everyPair(saidIn(events, kind), quick ? 7 : 1),
        (pieces) => ({
          out: restoredAnswer(recut(events, kind, pieces)),
          held: 0,
        }),
      ),
    )
  })
}

type DeltaKind = 'text-delta' | 'reasoning-delta' | 'tool-call-delta'

function eventsOf(dialect: Dialect): readonly AnswerEvent[] {
  const quoted = tokens.slice(0, 2).join(' and ')
  const saying = {
    text: `I read ${quoted.toLowerCase()} [${quoted}] s`,
    reasoning: { text: `They wrote ${quoted.replaceAll('_', '\\_')}`, signature: 's' },
    calls: [{ id: 'call_1', name: 'look_up', arguments: JSON.stringify({ who: `"${quoted}"`, n: 1 }) }],
  }
  const sse = createSseParser()
  const payloads = [...sse.push(Buffer.from(say(dialect, 'm', saying, true))), ...sse.end()]
  const parser = parserOf(dialect)
  return [...payloads.flatMap((payload) => parser.push(payload)), ...parser.end()]
}

function parserOf(dialect: Dialect) {
  switch (dialect) {
    case 'openai-chat':
      return createChatStreamParser()
    case 'openai-responses':
      return createResponsesStreamParser()
    case 'anthropic-messages':
      return createMessagesStreamParser('anthropic-messages:bench')
    default:
      return dialect satisfies never
  }
}

function wordsOf(event: AnswerEvent, kind: DeltaKind): string {
  if (event.kind !== kind) return ''
  return event.kind === 'tool-call-delta' ? event.arguments : 'text' in event ? event.text : ''
}

function saidIn(events: readonly AnswerEvent[], kind: DeltaKind): string {
  return events.map((event) => wordsOf(event, kind)).join('')
}

/** The same events, but that the block of `kind` comes in these pieces. */
function recut(events: readonly AnswerEvent[], kind: DeltaKind, pieces: Cut): readonly AnswerEvent[] {
  const first = events.findIndex((event) => event.kind === kind)
  return events.flatMap((event, index): readonly AnswerEvent[] => {
    if (event.kind !== kind) return [event]
    if (index !== first) return []
    return pieces.map((text): AnswerEvent => {
      if (event.kind === 'tool-call-delta') return { ...event, arguments: text }
      return { ...event, text } as AnswerEvent
    })
  })
}

/** All that the client gets, by block: where its pieces end is no part of it. */
function restoredAnswer(events: readonly AnswerEvent[]): string {
  const restorer = createAnswerRestorer(names.replaced)
  const restored = events.flatMap((event) => restorer.push(event))
  const said = (['text-delta', 'reasoning-delta', 'tool-call-delta'] as const).map((kind) =>
    saidIn(restored, kind),
  )
  return [...said, restorer.restored(), ...restorer.unknown()].join('\0')
}

const PEM = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0B'.repeat(60)}\n-----END PRIVATE KEY-----`

/** Longer than what a masker holds, so that parts of it leave before the end has come. */
function longText(): string {
  const lines = Array.from(
    { length: 260 },
    (_, line) =>
      `${line}: mail user${line}@example.org, call +44 20 7946 ${String(1000 + line)}, आधार ${VALUES[3]}; ${'words and more words '.repeat(2)}`,
  )
  return [...lines.slice(0, 90), PEM, ...lines.slice(90)].join('\n')
}

function masking(quick: boolean): readonly CutCount[] {
  const long = longText()
  return [
    countMasked('masking, a letter, every pair', everyPair(LETTER, quick ? 7 : 1), VALUES),
    countMasked(
      `masking, ${long.length} characters, every ${quick ? 4_999 : 97}th cut`,
      everyCut(long, quick ? 4_999 : 97),
      ['@example.org', '+44 20', 'MIIEvQ', ...VALUES.slice(3)],
    ),
    countMasked(
      'masking, the same in equal pieces of 1, 7, 64, 1,000 and 9,001',
      [1, 7, 64, 1_000, 9_001].slice(quick ? 3 : 0).map((size) => piecesOf(long, size)),
      ['@example.org', '+44 20', 'MIIEvQ', ...VALUES.slice(3)],
    ),
  ]
}

function piecesOf(text: string, size: number): Cut {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  )
}

function countMasked(what: string, cuts: Iterable<Cut>, values: readonly string[]): CutCount {
  let leaks = 0
  const counted = count(what, cuts, (pieces) => {
    const masker = createMasker(recognise, scope())
    const out = pieces.map((piece) => masker.push(piece)).join('') + masker.end()
    leaks += values.filter((value) => out.includes(value)).length
    return { out, held: 0 }
  })
  return { ...counted, leaks }
}
