import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { spacedJson } from '../spaced-json.conformance.ts'
import { replaceTopLevel } from './replace-model.ts'

describe('replaceTopLevel', () => {
  test.each([
    ['{"model":"a","x":1}', '{"model":"b","x":1}'],
    ['{ "x" : 1e400 ,\n "model"\t:  "a"  }\n', '{ "x" : 1e400 ,\n "model"\t:  "b"  }\n'],
    ['{"mod\\u0065l":"a"}', '{"mod\\u0065l":"b"}'],
    [
      '{"messages":[{"content":"\\"model\\":\\"a\\"","model":"a"}],"model":"a"}',
      '{"messages":[{"content":"\\"model\\":\\"a\\"","model":"a"}],"model":"b"}',
    ],
    ['{"x":"ends in \\\\","model":"a"}', '{"x":"ends in \\\\","model":"b"}'],
    ['{"model":{"odd":[1,2]},"x":12345678901234567890}', '{"model":"b","x":12345678901234567890}'],
  ])('changes only the model of %s', (body, changed) => {
    expect(replaceTopLevel(body, { model: 'b' }).body).toBe(changed)
  })

  test.each([
    ['{"model":"a"}', '{"model":"b","stream_options":{"include_usage":true}}'],
    ['{"model":"a","stream_options":null}', '{"model":"b","stream_options":{"include_usage":true}}'],
    ['{"model":"a","stream_options":{ }}', '{"model":"b","stream_options":{"include_usage":true }}'],
    [
      '{"stream_options": {"include_usage": false, "x": 1.0},"model":"a"}',
      '{"stream_options": {"include_usage": true, "x": 1.0},"model":"b"}',
    ],
    [
      '{"stream_options":{"x":{"include_usage":false}},"model":"a"}',
      '{"stream_options":{"x":{"include_usage":false},"include_usage":true},"model":"b"}',
    ],
  ])('asks for usage in %s', (body, changed) => {
    expect(replaceTopLevel(body, { model: 'b', includeUsage: true }).body).toBe(changed)
  })

  test.each([
    ['{"x":1,"model":"a","y":2,"z":3}', ['x'], '{"model":"b","y":2,"z":3}', ['x']],
    ['{"x":1, "model":"a", "y":2, "z":3}', ['y', 'z'], '{"x":1, "model":"b"}', ['y', 'z']],
    ['{"x":1,"y":2,"model":"a"}', ['x', 'y', 'absent'], '{"model":"b"}', ['x', 'y']],
    ['{"model":"a","y":{"z":1}}', ['z'], '{"model":"b","y":{"z":1}}', []],
  ])('drops from %s the members %j and says which were there', (body, drop, changed, dropped) => {
    expect(replaceTopLevel(body, { model: 'b', drop })).toEqual({ body: changed, dropped })
  })

  test('does to any body what changing the parsed object would do', () => {
    const key = fc.constantFrom('messages', 'stream_options', 'user', 'x', 'y', '__proto__', 'é')
    const body = fc.dictionary(key, fc.jsonValue()).map((fields) => ({ ...fields, model: 'a' }))
    fc.assert(
      fc.property(
        body.chain(spacedJson),
        fc.string({ minLength: 1 }),
        fc.boolean(),
        fc.subarray(['user', 'x', 'messages']),
        (text, model, includeUsage, drop) => {
          const wanted = JSON.parse(text) as Record<string, unknown>
          wanted['model'] = model
          for (const dropped of drop) delete wanted[dropped]
          if (includeUsage) wanted['stream_options'] = withUsage(wanted['stream_options'])
          expect(JSON.parse(replaceTopLevel(text, { model, includeUsage, drop }).body)).toEqual(wanted)
        },
      ),
    )
  })

  test('leaves five megabytes of base64 as they were', () => {
    const image = 'A'.repeat(5_000_000)
    const body = `{"messages":[{"url":"${image}"}],"model":"a"}`
    expect(replaceTopLevel(body, { model: 'b' }).body).toBe(`{"messages":[{"url":"${image}"}],"model":"b"}`)
  })

  test('refuses a key that stands twice, so nothing behind us reads the other one', () => {
    expect(() => replaceTopLevel('{"model":"a","m\\u006fdel":"b"}', { model: 'c' })).toThrow(/stands twice/)
  })
})

function withUsage(options: unknown): unknown {
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options)
  return { ...(isObject ? options : {}), include_usage: true }
}
