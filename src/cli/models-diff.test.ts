import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { ggufHeaderBytes, type Written, type WrittenTensor } from '../catalog/gguf/gguf-bytes.conformance.ts'
import type { Command } from './command.ts'
import { modelsDiff } from './models-diff.ts'
import { modelsInspect } from './models-inspect.ts'
import { modelsPull } from './models-pull.ts'
import { parseArguments } from './parse-arguments.ts'

const folder = mkdtempSync(join(tmpdir(), 'musivum-inspect-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const starter = (name: string) => fileURLToPath(new URL(`../../models/starter/${name}`, import.meta.url))
for (const name of ['s1', 's2'])
  copyFileSync(starter(`starter-${name}-q8_0.gguf`), join(folder, `${name}.gguf`))

async function run(command: Command, line: string): Promise<{ readonly code: number; readonly out: string }> {
  let out = ''
  const terminal = {
    env: { MUSIVUM_HOME: join(folder, 'home'), HOME: process.env['HOME'], USER: 'mira' },
    cwd: folder,
    signal: AbortSignal.timeout(120_000),
    write: (text: string) => (out += text),
    note: () => undefined,
    interactive: false,
    input: { kind: 'other', read: () => Promise.resolve('') },
  } as const
  const words = line.split(' ').filter(Boolean)
  return { code: await command.run(parseArguments(command, words), terminal), out }
}

type Json = { readonly [key: string]: unknown }

async function json(command: Command, line: string): Promise<Json> {
  return JSON.parse((await run(command, `${line} --json`)).out) as Json
}

type Made = WrittenTensor & { readonly data: Uint8Array }

/** A whole file; of tensors whose bytes fill their places. */
function save(
  name: string,
  tensors: readonly Made[],
  more: { readonly metadata?: readonly (readonly [string, Written])[]; readonly bigEndian?: boolean } = {},
): string {
  const { header, fileBytes } = ggufHeaderBytes({ ...more, tensors })
  const bytes = Buffer.alloc(fileBytes)
  header.copy(bytes)
  let at = header.length
  for (const { data } of tensors) {
    bytes.set(data, at)
    at += Math.ceil(data.length / 32) * 32
  }
  writeFileSync(join(folder, name), bytes)
  return name
}

function floats(name: string, values: readonly number[]): Made {
  return { name, shape: [values.length], type: 'F32', data: new Uint8Array(new Float32Array(values).buffer) }
}

describe('models diff', () => {
  test('a file and itself: nothing differs, and every tensor was compared', async () => {
    expect(await json(modelsDiff, 's1.gguf s1.gguf')).toEqual({
      a: 's1.gguf',
      b: 's1.gguf',
      same: true,
      notes: [],
      tensors: { same: 38, changed: [], added: [], removed: [] },
      template: { same: true, a: expect.any(String), b: expect.any(String), lines: [] },
      tokenizer: { same: true, lists: [] },
      metadata: { same: true, added: [], removed: [], changed: [] },
    })
    expect((await run(modelsDiff, 's1.gguf s1.gguf --exit-code')).code).toBe(0)
  })

  test('one byte: one value of one tensor, by how much, and exit code 1 where that was asked for', async () => {
    const bytes = readFileSync(join(folder, 's1.gguf'))
    bytes[bytes.length - 100] = (bytes.at(-100) ?? 0) ^ 1
    writeFileSync(join(folder, 'flipped.gguf'), bytes)
    const report = await json(modelsDiff, 's1.gguf flipped.gguf')
    expect(report).toMatchObject({
      same: false,
      tensors: {
        same: 37,
        changed: [{ name: 'blk.3.ffn_down.weight', values: { values: 45_056, changed: 1, not_finite: 0 } }],
      },
      template: { same: true },
    })
    const codes = await Promise.all(
      ['', '--exit-code', '--exit-code --no-tensors'].map((option) =>
        run(modelsDiff, `s1.gguf flipped.gguf ${option}`),
      ),
    )
    expect(codes.map(({ code }) => code)).toEqual([0, 1, 0])
    expect(codes[2]?.out).toContain('the values of the tensors were not compared')
  })

  test('two models of the family: other shapes, other layers, another vocabulary, the same template', async () => {
    const report = await json(modelsDiff, 's1.gguf s2.gguf')
    expect(report).toMatchObject({
      same: false,
      template: { same: true },
      tokenizer: { same: false, lists: [{ list: 'tokens', items: [768, 640] }, {}, { list: 'merges' }] },
      metadata: {
        changed: expect.arrayContaining([{ key: 'general.name', a: 'starter-s1', b: 'starter-s2' }]),
      },
    })
    const { changed, removed } = report['tensors'] as { changed: readonly Json[]; removed: readonly Json[] }
    expect([changed.length, removed.length]).toEqual([20, 18])
    expect(changed[0]).toMatchObject({ a: { shape: [128, 768] }, b: { shape: [192, 640] }, values: null })
    expect((await run(modelsDiff, 's1.gguf s2.gguf')).out).toContain('128 x 768 to 192 x 640')
  })

  test('a model that was pulled is compared by its name', async () => {
    await run(modelsPull, 's1.gguf --name pulled --accept-licence')
    expect(await json(modelsDiff, 'pulled s1.gguf')).toMatchObject({ a: 'pulled', same: true })
  })

  test('other types of the same values are compared by what they stand for', async () => {
    const halves = new Uint8Array(Uint16Array.of(0x3c00, 0x4000, 0x3555, 0x0000).buffer)
    const a = save('f32.gguf', [floats('w', [1, 2, 1 / 3, 0])])
    const b = save('f16.gguf', [{ name: 'w', shape: [4], type: 'F16', data: halves }])
    const { tensors } = (await json(modelsDiff, `${a} ${b}`)) as { tensors: Json }
    expect(tensors).toMatchObject({
      same: 0,
      changed: [
        { a: { type: 'F32' }, b: { type: 'F16' }, values: { changed: 1, largest: expect.any(Number) } },
      ],
    })
    const { out } = await run(modelsDiff, `${a} ${b}`)
    expect(out).toContain('F32 to F16')
  })

  test('what cannot be read is compared by its hash, and that is said', async () => {
    const block = (first: number): Made => {
      return { name: 'w', shape: [256], type: 'IQ2_XXS', data: Uint8Array.of(first, ...new Uint8Array(65)) }
    }
    const [a, b] = [save('x.gguf', [block(1)]), save('y.gguf', [block(2)])]
    expect(await json(modelsDiff, `${a} ${b}`)).toMatchObject({
      tensors: { changed: [{ name: 'w', values: null, unread: 'values of type IQ2_XXS are not read' }] },
    })
    expect(await json(modelsDiff, `${a} ${a}`)).toMatchObject({ same: true, tensors: { same: 1 } })
  })

  test.each([
    ['s1.gguf', /needs two of FILE/],
    ['s1.gguf s1.gguf s2.gguf', /"s2.gguf" was given too$/],
    ['s1.gguf nowhere.gguf', /nowhere.gguf is not there/],
    [
      'cut.gguf s1.gguf',
      /^cut.gguf: the tensor blk.2.attn_norm.weight starts at byte 522944, but the file has 500000/,
    ],
  ])('%s is refused in one line', async (line, expected) => {
    writeFileSync(join(folder, 'cut.gguf'), readFileSync(join(folder, 's1.gguf')).subarray(0, 500_000))
    await expect(run(modelsDiff, line)).rejects.toThrow(expected)
  })
})

describe('models inspect', () => {
  test('--tensors says what is in each tensor of a starter', async () => {
    const report = await json(modelsInspect, 's1.gguf --no-hash --tensors')
    const values = report['tensors'] as readonly Json[]
    expect(values).toHaveLength(38)
    expect(values.every(({ unread }) => unread === null)).toBe(true)
    const norm = values.find(({ name }) => name === 'output_norm.weight')
    // By hand: the 128 floats of the file.
    const bytes = readFileSync(join(folder, 's1.gguf'))
    const floats = Array.from({ length: 128 }, (_, at) => bytes.readFloatLE(Number(norm?.['at']) + 4 * at))
    const mean = floats.reduce((sum, value) => sum + value, 0) / 128
    expect(norm?.['statistics']).toMatchObject({
      values: 128,
      min: Math.min(...floats),
      max: Math.max(...floats),
      mean: expect.closeTo(mean, 9),
      zeros: 0,
      nan: 0,
    })
  })

  test('NaN, infinities and nothing but zeros are said before the table', async () => {
    const file = save('nan.gguf', [
      floats('good', [1, 2, 3, 4]),
      floats('bad', [Number.NaN, 1, Infinity, 2]),
      floats('empty', [0, 0, 0, 0]),
    ])
    const { tensors: values } = await json(modelsInspect, `${file} --no-hash --tensors`)
    expect(values).toMatchObject([
      { name: 'good', statistics: { nan: 0, infinite: 0 } },
      { name: 'bad', statistics: { nan: 1, infinite: 1, min: 1, max: 2 } },
      { name: 'empty', statistics: { zeros: 1 } },
    ])
    const { out } = await run(modelsInspect, `${file} --no-hash --tensors`)
    expect(out).toContain('NaN or infinite values in bad: the model is damaged.\n')
    expect(out).toContain('Nothing but zeros in empty.\n')
  })

  test('a tensor longer than is read at once is read to its end', async () => {
    const values = Array.from({ length: 150_000 }, (_, at) => at)
    const { tensors: found } = await json(
      modelsInspect,
      `${save('long.gguf', [floats('w', values)])} --no-hash --tensors`,
    )
    expect(found).toMatchObject([{ statistics: { values: 150_000, min: 0, max: 149_999, mean: 74_999.5 } }])
  })

  test('types and byte orders that we do not read are named, not guessed at', async () => {
    const strange = { name: 'w', shape: [256], type: 'IQ1_S', data: new Uint8Array(50) }
    const [types, order] = await Promise.all([
      json(modelsInspect, `${save('iq.gguf', [strange])} --no-hash --tensors`),
      json(modelsInspect, `${save('big.gguf', [floats('w', [1])], { bigEndian: true })} --no-hash --tensors`),
    ])
    expect(types['tensors']).toMatchObject([
      { name: 'w', statistics: null, unread: 'values of type IQ1_S are not read' },
    ])
    expect(order['tensors']).toMatchObject([
      { name: 'w', statistics: null, unread: 'values of big-endian files are not read' },
    ])
  })

  test('--tokenizer says what each language costs, by the tokenizer of the model itself', async () => {
    const { code, out } = await run(modelsInspect, 's1.gguf --no-hash --tokenizer --template --json')
    const report = JSON.parse(out) as Json
    const { samples, problem } = report['tokenizer_samples'] as {
      samples: readonly Json[]
      problem: string | null
    }
    expect([code, problem, samples.map(({ language }) => language)]).toEqual([
      0,
      null,
      ['en', 'hi', 'mr', 'ar'],
    ])
    expect(samples[0]).toMatchObject({ words: 63, times_english: 1, unknown: 0 })
    for (const { tokens, words, text, pieces } of samples) {
      expect(Number(tokens)).toBeGreaterThanOrEqual(Number(words))
      // The first sentence, whole: what is no character by itself stands there as its bytes.
      const joined = (pieces as readonly string[]).map(bytesOfPiece)
      expect(Buffer.concat(joined).toString()).toBe(text)
    }
    expect(report['template_text']).toContain('<|im_start|>')
  })

  test('without a tokenizer in the file, the rest is still said', async () => {
    const report = await json(modelsInspect, `${save('bare.gguf', [floats('w', [1])])} --no-hash --tokenizer`)
    expect(report['tokenizer_samples']).toEqual({ samples: null, problem: 'the file carries no tokenizer' })
  })
})

function bytesOfPiece(piece: string): Buffer {
  const hex = /^(?:<[0-9A-F]{2}>)+$/.test(piece)
  return hex ? Buffer.from(piece.replace(/[<>]/g, ''), 'hex') : Buffer.from(piece)
}
