import { describe, expect, test } from 'vitest'
import type { Conversation, Tool } from '../../../core/conversation.ts'
import type { JsonObject } from '../../../core/json.ts'
import { readGbnf } from '../schema/gbnf.conformance.ts'
import { saying } from '../starter-engine.conformance.ts'
import { looserTools, toolUse } from './tool-orders.ts'

const now: Tool = { name: 'now', extra: {} }

function withTools(tools: readonly Tool[], more: Partial<Conversation> = {}): Conversation {
  return { ...saying('x'), tools, ...more }
}

function withSchema(parameters: JsonObject, more: Partial<Tool> = {}): Conversation {
  return withTools([{ name: 'f', parameters, extra: {}, ...more }])
}

describe('what may be called', () => {
  test.each([
    [{}, { least: 0, most: 32 }],
    [{ toolChoice: { kind: 'none' } }, { least: 0, most: 0 }],
    [{ toolChoice: { kind: 'required' } }, { least: 1, most: 32 }],
    [{ toolChoice: { kind: 'tool', name: 'now' } }, { least: 1, most: 32, only: 'now' }],
    [{ parallelToolCalls: false }, { least: 0, most: 1 }],
    [
      { parallelToolCalls: false, toolChoice: { kind: 'none' } },
      { least: 0, most: 0 },
    ],
  ] as [Partial<Conversation>, object][])('with %j is %j', (more, expected) => {
    expect(toolUse(withTools([now], more))).toMatchObject(expected)
  })

  test('without tools is nothing', () => {
    expect(toolUse(withTools([], { toolChoice: { kind: 'auto' } }))).toBeUndefined()
  })

  test.each([
    ['tool_choice is required', withTools([], { toolChoice: { kind: 'required' } })],
    [
      'tool_choice names a tool that is not among tools',
      withTools([now], { toolChoice: { kind: 'tool', name: 'x' } }),
    ],
    ['tools[1]: has the name of one before it', withTools([now, now])],
    ['tools[0]: expected a name of up to 128 letters', withTools([{ ...now, name: 'a"b' }])],
    ['at most 128', withTools(Array.from({ length: 129 }, (_, index) => ({ ...now, name: `t${index}` })))],
    [
      'tool_choice: the embedded engine knows',
      withTools([now], { toolChoice: { kind: 'other', value: {} } }),
    ],
  ])('is refused: %s', (line, conversation) => {
    expect(() => toolUse(conversation)).toThrow(line)
  })
})

describe('the arguments of a tool', () => {
  const allows = (conversation: Conversation, text: string) =>
    readGbnf(toolUse(conversation)?.tools[0]?.grammar ?? '').allows(text)

  test('are an object, and none where none are declared', () => {
    for (const conversation of [withTools([now]), withSchema({ type: 'object', properties: {} })]) {
      expect(allows(conversation, '{}')).toBe(true)
      expect(allows(conversation, '{"a":1}')).toBe(false)
    }
    expect(allows(withSchema({ additionalProperties: { type: 'integer' } }), '{"a":1}')).toBe(true)
    expect(
      allows(withSchema({ anyOf: [{ type: 'string' }, { properties: { a: { type: 'null' } } }] }), '"x"'),
    ).toBe(false)
  })

  test('of a strict tool are held to all of its schema, or it is refused with the keyword and its place', () => {
    expect(
      toolUse(withSchema({ properties: { a: { type: 'integer', minimum: 3 } } }, { strict: true })),
    ).toBeDefined()
    expect(() => toolUse(withSchema(LOOSE, { strict: true }))).toThrow(
      /^tools\[0\]\.function\.parameters: the embedded engine does not hold arguments to uniqueItems at #\/properties\/a/,
    )
    expect(() => toolUse(withSchema(REFUSED, { strict: true }))).toThrow(
      expect.objectContaining({ code: 'request.unsupported' }),
    )
  })

  test('of any other are held to what can be said, and the client is told of the rest, in the words of its protocol', () => {
    expect(looserTools(withTools([now]))).toEqual([])
    expect(looserTools({ ...withSchema(LOOSE), dialect: 'anthropic-messages' })).toEqual([
      {
        kind: 'changed',
        path: 'tools[].input_schema',
        why: 'not held to while arguments are written: uniqueItems at #/properties/a',
      },
    ])
    const [told] = looserTools(withSchema(REFUSED))
    expect(told?.why).toMatch(/^any object is allowed: no grammar for /)
    expect(allows(withSchema(REFUSED), '{"any":[1]}')).toBe(true)
  })
})

const LOOSE: JsonObject = {
  type: 'object',
  properties: { a: { type: 'array', items: { type: 'integer' }, uniqueItems: true, minItems: 2 } },
  required: ['a'],
}
const REFUSED: JsonObject = { type: 'object', properties: { a: { $ref: 'https://example.com/other.json' } } }
