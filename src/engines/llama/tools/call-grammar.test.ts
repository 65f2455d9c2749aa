import { Validator } from '@cfworker/json-schema'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../core/json.ts'
import { jsonSchemaGrammar } from '../json-grammar.ts'
import { readGbnf } from '../schema/gbnf.conformance.ts'
import { callGrammar, callGrammarFrom } from './call-grammar.ts'
import { callReader, type ReadPiece } from './call-reader.ts'
import type { CallSyntax } from './call-syntax.ts'
import { FAMILY_NAMES, syntaxOf } from './families.conformance.ts'
import { ANY, CALLS, textStates } from './text-states.ts'
import type { ChatTool, ToolUse } from './tool-use.ts'

const SCHEMAS: Readonly<Record<string, JsonObject>> = {
  look: {
    type: 'object',
    properties: {
      word: { type: 'string', maxLength: 5 },
      count: { type: 'integer', minimum: 3, maximum: 12 },
    },
    required: ['word'],
    additionalProperties: false,
  },
  look_up: {
    type: 'object',
    properties: { of: { type: 'array', items: { enum: ['}', '"'] }, maxItems: 2 } },
    required: ['of'],
  },
  now: { type: 'object', additionalProperties: false },
}
const TOOLS = Object.entries(SCHEMAS).map(([name, parameters]): ChatTool => {
  return { name, parameters, grammar: jsonSchemaGrammar(parameters) }
})

type Asked = Partial<Omit<ToolUse, 'tools'>> & { readonly answer?: string }

function grammarOf(family: CallSyntax['family'], { answer, ...asked }: Asked = {}) {
  return readGbnf(callGrammar(syntaxOf(family), { tools: TOOLS, least: 0, most: 4, ...asked }, answer))
}

type Call = { readonly name: string; readonly arguments: string }

function callsIn(
  family: CallSyntax['family'],
  answer: string,
  alone = false,
): { calls: readonly Call[]; text: string } {
  const reader = callReader(syntaxOf(family), { alone })
  const pieces: readonly ReadPiece[] = [...reader.push(answer), ...reader.end()]
  const calls: { name: string; arguments: string }[] = []
  let text = ''
  for (const piece of pieces) {
    const last = calls.at(-1)
    if (piece.kind === 'start') calls.push({ name: piece.name, arguments: '' })
    else if (piece.kind === 'delta' && last !== undefined) last.arguments += piece.arguments
    else if (piece.kind === 'text') text += piece.text
  }
  expect(reader.wholeCalls()).toBe(calls.length)
  return { calls, text }
}

function expectValid({ name, arguments: args }: Call): void {
  const { valid } = new Validator(SCHEMAS[name] ?? false, '2020-12').validate(JSON.parse(args))
  expect({ name, args, valid }).toEqual({ name, args, valid: true })
}

/** Answers that a model may write under a grammar. */
function samples(grammar: ReturnType<typeof readGbnf>, count: number): readonly string[] {
  const random = fc.sample(fc.double({ min: 0, max: 0.999, noNaN: true }), { seed: 11, numRuns: 4_000 })
  let at = 0
  return Array.from({ length: count }, () => grammar.sample(() => random[at++ % random.length] ?? 0))
}

/** A call of `now` alone, as each family writes it. */
const NOW: Readonly<Record<CallSyntax['family'], string>> = {
  hermes: '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>',
  generic: '<tool_call>{"name":"now","arguments":{}}</tool_call>',
  llama: '{"name": "now", "parameters": {}}',
  mistral: '[TOOL_CALLS] [{"name": "now", "arguments": {}}]',
  'mistral-args': '[TOOL_CALLS]now[ARGS]{}',
  'mistral-ids': '[TOOL_CALLS]now[CALL_ID]a1b2c3d4e[ARGS]{}',
  command:
    '<|START_ACTION|>[\n    {"tool_call_id": "0", "tool_name": "now", "parameters": {}}\n]<|END_ACTION|>',
}

describe.each(FAMILY_NAMES)('the grammar of %s', (family) => {
  test('allows what its models were taught to write', () => {
    for (const least of [0, 1] as const) expect(grammarOf(family, { least }).allows(NOW[family])).toBe(true)
  })

  test('lets whatever is written be read as valid calls of tools that exist', () => {
    const answers = samples(grammarOf(family, { least: 1 }), 150)
    const found = answers.map((answer) => callsIn(family, answer))
    for (const { calls, text } of found) {
      expect(text).toBe('')
      expect(calls.length).toBeGreaterThan(0)
      calls.forEach(expectValid)
    }
    expect(new Set(found.flatMap(({ calls }) => calls.map(({ name }) => name))).size).toBe(3)
    expect(found.some(({ calls }) => calls.length > 1)).toBe(family !== 'llama')
  })

  test('leaves text free, as long as it does not begin a call', () => {
    const grammar = grammarOf(family)
    const [begin = ''] = syntaxOf(family).begins
    for (const text of [
      '',
      'Well.',
      'a < b [1] {"x": "y"} \n\n',
      begin.slice(0, -1),
      `x ${begin.slice(0, -1)} नमस्ते`,
    ])
      expect([text, grammar.allows(text)]).toEqual([text, true])
    for (const wrong of [
      begin,
      `${begin} hello`,
      NOW[family].replace('now', 'never'),
      NOW[family].slice(0, -1),
    ])
      expect([wrong, grammar.allows(wrong)]).toEqual([wrong, false])
  })

  test('allows text before calls, but where a call is known only by standing at the start', () => {
    const answer = `I'll look.\n${NOW[family]}`
    expect(grammarOf(family).allows(answer)).toBe(true)
    expect(callsIn(family, answer)).toEqual(
      family === 'llama'
        ? { calls: [], text: answer }
        : { calls: [{ name: 'now', arguments: '{}' }], text: "I'll look." },
    )
    expect(grammarOf(family, { least: 1 }).allows(answer)).toBe(false)
  })

  test('allows no call where none may be', () => {
    const grammar = grammarOf(family, { most: 0 })
    expect(grammar.allows(NOW[family])).toBe(false)
    expect(grammar.allows('Well.')).toBe(true)
  })

  test('allows one call where only one may be, and only the tool that must be called', () => {
    for (const answer of samples(grammarOf(family, { least: 1, most: 1 }), 40))
      expect(callsIn(family, answer).calls).toHaveLength(1)
    for (const answer of samples(grammarOf(family, { least: 1, only: 'look' }), 40))
      for (const { name } of callsIn(family, answer).calls) expect(name).toBe('look')
  })
})

test.each(FAMILY_NAMES)(
  'from the middle of an answer of %s the same is allowed as from its beginning',
  (family) => {
    const syntax = syntaxOf(family)
    const use: ToolUse = { tools: TOOLS, least: 0, most: 4 }
    const { after } = textStates(syntax)
    const whole = grammarOf(family)
    const rests = ['', ' x', NOW[family], `${NOW[family]} x`, NOW[family].replace('now', 'never')]
    for (const answer of [
      NOW[family],
      `a <${NOW[family]}`,
      ...rests.map((rest) => `${syntax.begins[0]?.slice(0, -1)}${rest}`),
    ]) {
      let state = ''
      for (let cut = 0; cut <= answer.length && state !== CALLS && state !== ANY; cut += 1) {
        const grammar = readGbnf(callGrammarFrom(syntax, use, state))
        for (const rest of [answer.slice(cut), ...rests])
          expect([answer.slice(0, cut), rest, grammar.allows(rest)]).toEqual([
            answer.slice(0, cut),
            rest,
            whole.allows(answer.slice(0, cut) + rest),
          ])
        state = after(state, answer.charAt(cut))
      }
      if (state === CALLS) {
        const at = answer.indexOf(syntax.begins[0] ?? '') + (syntax.begins[0] ?? '').length
        const calls = readGbnf(callGrammarFrom(syntax, use, CALLS))
        expect(calls.allows(answer.slice(at))).toBe(whole.allows(answer))
      }
    }
  },
)

describe('with an answer in JSON', () => {
  const answer = jsonSchemaGrammar({
    type: 'object',
    properties: { a: { enum: ['<tool_call>'] } },
    required: ['a'],
  })

  test('a model writes either, and its JSON may hold the marker of calls', () => {
    const grammar = grammarOf('hermes', { answer })
    const json = '{"a":"<tool_call>"}'
    for (const allowed of [json, NOW.hermes]) expect(grammar.allows(allowed)).toBe(true)
    for (const not of ['Well.', `${json}${NOW.hermes}`]) expect(grammar.allows(not)).toBe(false)
    expect(callsIn('hermes', json, true)).toEqual({ calls: [], text: json })
    expect(grammarOf('hermes', { answer, most: 0 }).allows(NOW.hermes)).toBe(false)
    expect(grammarOf('hermes', { answer, least: 1 }).allows(json)).toBe(false)
  })

  test('a family whose calls are bare JSON is refused', () => {
    expect(() => grammarOf('llama', { answer })).toThrow(
      expect.objectContaining({ code: 'request.unsupported' }),
    )
    expect(grammarOf('llama', { answer, most: 0 }).allows('{"a":"<tool_call>"}')).toBe(true)
  })
})
