import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { callReader, type CallReader, type ReadPiece } from './call-reader.ts'
import { syntaxOf } from './families.conformance.ts'

const HERMES = syntaxOf('hermes')
const CALL = '\n{"name": "look_up", "arguments": {"of": ["}", "\\"{"], "n": {}}}\n</tool_call>'
const CALLED = [
  { kind: 'start', name: 'look_up' },
  { kind: 'delta', arguments: '{"of": ["}", "\\"{"], "n": {}}' },
  { kind: 'end' },
]
const NOW = [{ kind: 'start', name: 'now' }, { kind: 'delta', arguments: '{}' }, { kind: 'end' }]

describe('an answer', () => {
  test('without a call is text, to its last white space', () => {
    expect(read(callReader(HERMES), 'a <tool <b> 2 < 3 \n')).toEqual([
      { kind: 'text', text: 'a <tool <b> 2 < 3 \n' },
    ])
  })

  test('may say something before it calls; white space between is nobody’s', () => {
    expect(read(callReader(HERMES), `I'll look. \n\n<tool_call>${CALL}`)).toEqual([
      { kind: 'text', text: "I'll look." },
      ...CALLED,
    ])
    expect(read(callReader(HERMES), `\n\n<tool_call>${CALL}`)).toEqual(CALLED)
  })

  test('may call several times', () => {
    const answer = `<tool_call>${CALL}\n<tool_call>{"name":"now","arguments":{}}</tool_call>`
    const reader = callReader(HERMES)
    expect(read(reader, answer)).toEqual([...CALLED, ...NOW])
    expect(reader.wholeCalls()).toBe(2)
  })

  test.each([
    [
      'mistral',
      '[TOOL_CALLS] [{"name": "look_up", "arguments": {"of": ["}", "\\"{"], "n": {}}}, {"name":"now","arguments":{}}]',
    ],
    ['mistral-args', '[TOOL_CALLS]look_up[ARGS]{"of": ["}", "\\"{"], "n": {}}[TOOL_CALLS]now[ARGS]{}'],
    [
      'mistral-ids',
      '[TOOL_CALLS]look_up[CALL_ID]a1b2c3d4e[ARGS]{"of": ["}", "\\"{"], "n": {}}[TOOL_CALLS]now[CALL_ID]000000002[ARGS]{}',
    ],
    [
      'command',
      '<|START_ACTION|>[\n    {"tool_call_id": "0", "tool_name": "look_up", "parameters": {"of": ["}", "\\"{"], "n": {}}},\n    {"tool_call_id": "1", "tool_name": "now", "parameters": {}}\n]<|END_ACTION|>',
    ],
  ] as const)('is read in the form of %s', (family, answer) => {
    expect(read(callReader(syntaxOf(family)), answer)).toEqual([...CALLED, ...NOW])
  })

  test('in the form of Llama is a call from its first character on, or no call', () => {
    const llama = () => callReader(syntaxOf('llama'))
    expect(read(llama(), ' {"name": "now", "parameters": {}}')).toEqual(NOW)
    expect(read(llama(), '{"type": "function", "name": "now", "parameters": {}}')).toEqual(NOW)
    for (const text of ['Say {"name": "now", "parameters": {}}', '{"names": []}', '{"type": "x"}', ''])
      expect(joined(read(llama(), text))).toBe(text)
  })

  test('that is JSON may hold the marker of calls in a string', () => {
    const json = '{"a": "<tool_call>"}'
    expect(read(callReader(HERMES, { alone: true }), json)).toEqual([{ kind: 'text', text: json }])
  })

  test.each([
    ['<tool_call>\n{"name": "look', [], 0],
    ['<tool_call>\n{"name": "look_up", "argu', [{ kind: 'start', name: 'look_up' }, { kind: 'end' }], 0],
    [
      '<tool_call>\n{"name": "look_up", "arguments": {"a": "}',
      [{ kind: 'start', name: 'look_up' }, { kind: 'delta', arguments: '{"a": "}' }, { kind: 'end' }],
      0,
    ],
    [`<tool_call>${CALL}\n<tool_call>{"na`, CALLED, 1],
  ])('that was cut in a call ends it without calling it whole: %j', (answer, pieces, whole) => {
    const reader = callReader(HERMES)
    expect(read(reader, answer)).toEqual(pieces)
    expect(reader.wholeCalls()).toBe(whole)
  })
})

test('half of a marker is text, unless there must be a call', () => {
  expect(read(callReader(HERMES), 'a\n<tool_ca')).toEqual([{ kind: 'text', text: 'a\n<tool_ca' }])
  expect(read(callReader(HERMES, { required: true }), '\n<tool_ca')).toEqual([])
})

test('arguments come as they are written, not when they are whole', () => {
  const reader = callReader(HERMES)
  reader.push('<tool_call>{"name": "now", "arguments": {"a": ')
  expect(reader.push('"Pu')).toEqual([{ kind: 'delta', arguments: '"Pu' }])
})

test('wherever an answer is cut into pieces, it is read the same', () => {
  const answer = `Well < tool,\n<tool_call>${CALL} <tool_call>{"name":"now","arguments":{}}</tool_call>\n`
  const whole = read(callReader(HERMES), answer)
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: answer.length }), { maxLength: 40 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), answer.length]
      const pieces = places.slice(1).map((to, index) => answer.slice(places[index], to))
      expect(read(callReader(HERMES), ...pieces)).toEqual(whole)
    }),
    { seed: 7, numRuns: 300 },
  )
})

/** Neighbouring pieces of one text or of one call's arguments as one. */
function read(reader: CallReader, ...pieces: readonly string[]): readonly ReadPiece[] {
  const all = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
  const merged: ReadPiece[] = []
  for (const piece of all) {
    const last = merged.at(-1)
    if (piece.kind === 'text' && last?.kind === 'text')
      merged[merged.length - 1] = { kind: 'text', text: last.text + piece.text }
    else if (piece.kind === 'delta' && last?.kind === 'delta')
      merged[merged.length - 1] = { kind: 'delta', arguments: last.arguments + piece.arguments }
    else merged.push(piece)
  }
  return merged
}

function joined(pieces: readonly ReadPiece[]): string {
  return pieces.map((piece) => (piece.kind === 'text' ? piece.text : `[${piece.kind}]`)).join('')
}
