import { Validator } from '@cfworker/json-schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Conversation, WireChange } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import { collectAnswer } from '../../engines/conformance/collect-answer.conformance.ts'
import { context, permitFor } from '../../engines/conformance/engine.conformance.ts'
import type { Engine } from '../../engines/engine.ts'
import { openStarter, saying } from '../../engines/llama/starter-engine.conformance.ts'
import { single } from '../answerer.ts'
import { needsStructure, structuredAnswer } from '../structured-answer.ts'

let engine: Engine
beforeAll(() => {
  engine = openStarter()
})
afterAll(() => engine.close())

const short = { type: 'string', maxLength: 8 }
const node = {
  type: 'object',
  properties: { v: { enum: [1, 2] }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
  required: ['v'],
}

async function answerTo(schema: JsonObject) {
  const changes: WireChange[] = []
  const conversation: Conversation = {
    ...saying('Extract: Ana Silva, 41, Pune.', { maxOutputTokens: 200 }),
    responseFormat: { kind: 'json-schema', name: 'x', schema },
  }
  const plain = single(engine, permitFor(engine.model))
  const structure = needsStructure(conversation, engine.capabilities)
  const answerer = structure ? structuredAnswer(plain, engine.capabilities) : plain
  const told = { ...context(), onChanged: (more: readonly WireChange[]) => changes.push(...more) }
  const { choices } = await collectAnswer(answerer(conversation, told))
  return { text: choices[0]?.text ?? '', changes }
}

test.each<JsonObject>([
  {
    type: 'object',
    properties: { name: short, age: { type: 'integer', minimum: 0, maximum: 120 } },
    required: ['name', 'age'],
  },
  { enum: ['laboratory', 'radiology', 7, null] },
  { const: { a: [1, 'é'] } },
  { type: 'integer', minimum: 17, maximum: 65535 },
  { type: 'number', minimum: 0, maximum: 1 },
  { type: 'boolean' },
  { type: ['null', 'boolean'] },
  { type: 'string', pattern: '^[A-Z]{2}-[0-9]{1,4}$' },
  { type: 'string', format: 'date' },
  { type: 'string', format: 'date-time' },
  { type: 'string', format: 'uuid' },
  { type: 'string', format: 'ipv4' },
  { type: 'string', minLength: 3, maxLength: 6 },
  { type: 'array', items: { type: 'boolean' }, minItems: 2, maxItems: 4 },
  { type: 'array', prefixItems: [{ const: 'a' }, { enum: [1, 2] }], items: false },
  { type: 'array', items: { enum: ['x', 'y'] }, contains: { const: 'y' }, maxItems: 3 },
  {
    oneOf: [
      { properties: { kind: { const: 'a' } }, required: ['kind'] },
      { properties: { kind: { const: 'b' }, n: { enum: [1] } }, required: ['kind'] },
    ],
  },
  {
    allOf: [
      { properties: { a: { type: 'boolean' } }, required: ['a'] },
      { properties: { b: { enum: [1, 2] } }, required: ['b'] },
    ],
  },
  { $defs: { node }, $ref: '#/$defs/node' },
  {
    type: 'object',
    properties: { id: { enum: [1] } },
    required: ['id'],
    additionalProperties: { type: 'boolean' },
    maxProperties: 1,
  },
])('the starter model writes what is valid: %j', async (schema) => {
  const { text } = await answerTo(schema)
  expect(new Validator(structuredClone(schema), '2020-12').validate(JSON.parse(text)).valid, text).toBe(true)
})

test('what the grammar cannot say is validated, and the client is told what', async () => {
  const schema = { type: 'array', items: { enum: [1, 2] }, uniqueItems: true, minItems: 1, maxItems: 2 }
  const outcome = await answerTo(schema).catch((error: unknown) => error)
  // It is a tiny model: it may fail twice, and is then not believed.
  if (outcome instanceof Error) return expect(outcome).toMatchObject({ code: 'answer.not_structured' })
  const { text, changes } = outcome as Awaited<ReturnType<typeof answerTo>>
  expect(new Set(JSON.parse(text) as readonly number[]).size).toBe(
    (JSON.parse(text) as readonly number[]).length,
  )
  expect(changes).toEqual([
    {
      kind: 'changed',
      path: 'response_format',
      why: 'not held to while it is written: uniqueItems at #; said in the prompt, validated and asked again once',
    },
  ])
})
