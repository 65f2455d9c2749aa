import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import { arrayItems } from './array-items.ts'
import { adaptBody, adaptText, type FieldQuirks } from './field-quirks.ts'

const QUIRKS: FieldQuirks = {
  drops: new Set(['store']),
  messageDrops: new Set(['name']),
  renames: new Map([['max_completion_tokens', 'max_tokens']]),
  roles: new Map([['developer', 'system']]),
}

describe("a request in a server's own words", () => {
  test('every byte that need not change stays as the client wrote it', () => {
    const body =
      '{ "model":"m", "seed" : 1e2,\n "max_completion_tokens" : 10, "messages":[ {"role":"developer","content":"\\u0068i"} , {"name":"jo","role":"user","content":"\\"name\\": {x} ]"} ] }'
    const { body: text, changes } = adaptText(body, QUIRKS)
    expect(text).toBe(
      '{ "model":"m", "seed" : 1e2, "messages":[ {"role":"system","content":"\\u0068i"} , {"role":"user","content":"\\"name\\": {x} ]"} ],"max_tokens":10 }',
    )
    expect(changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'changed max_completion_tokens',
      'changed messages[].role',
      'left-out messages[].name',
    ])
  })

  test('a text without any of it is the very same text', () => {
    const body = '{"model":"m","messages":[{"role":"user","content":"hi"}]}'
    expect(adaptText(body, QUIRKS)).toEqual({ body, changes: [] })
  })

  test('where a client wrote both names, the one that the server knows wins', () => {
    const both = { max_completion_tokens: 1, max_tokens: 2, messages: [] }
    expect(adaptBody(both, QUIRKS).body).toEqual({ max_tokens: 2, messages: [] })
    expect(JSON.parse(adaptText(JSON.stringify(both), QUIRKS).body)).toEqual({ max_tokens: 2, messages: [] })
  })

  test('a relayed text and a body that we wrote are adapted alike', () => {
    const message = fc.record(
      {
        role: fc.constantFrom('developer', 'system', 'user'),
        content: fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.constantFrom('"role":"developer"', '[{"name":1}]'),
        ),
        name: fc.string(),
      },
      { requiredKeys: ['role'] },
    )
    const body = fc.record(
      {
        messages: fc.array(message, { maxLength: 4 }),
        max_completion_tokens: fc.nat(),
        max_tokens: fc.nat(),
        metadata: fc.dictionary(fc.string(), fc.jsonValue()),
      },
      { requiredKeys: ['messages'] },
    )
    fc.assert(
      fc.property(body, fc.nat({ max: 3 }), (value, indent) => {
        const sent = JSON.parse(JSON.stringify(value)) as JsonObject
        const ours = adaptBody(sent, QUIRKS)
        const theirs = adaptText(JSON.stringify(sent, null, indent), QUIRKS)
        expect(JSON.parse(theirs.body)).toEqual(ours.body)
        expect([...theirs.changes].toSorted(byPath)).toEqual([...ours.changes].toSorted(byPath))
      }),
      { seed: 7, numRuns: 300 },
    )
  })
})

test('the items of an array are found as JSON.parse finds them', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.nat({ max: 3 }), (values, indent) => {
      const text = ` ${JSON.stringify(values, null, indent)}, [1]`
      const items = arrayItems(text, 1).map(({ start, end }): unknown => JSON.parse(text.slice(start, end)))
      expect(items).toEqual(JSON.parse(JSON.stringify(values)))
    }),
    { seed: 8, numRuns: 300 },
  )
})

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path.localeCompare(b.path)
}
