import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ggufHeaderBytes } from '../catalog/gguf/gguf-bytes.conformance.ts'
import { commandLine } from './command-line.conformance.ts'
import { byteCount } from './models-fit-bytes.ts'

const { run, report, folder } = commandLine()
const starter = (name: string) => fileURLToPath(new URL(`../../models/starter/${name}`, import.meta.url))
copyFileSync(starter('starter-l-q8_0.gguf'), join(folder, 'l.gguf'))
copyFileSync(starter('starter-s1-urgency-lora-f16.gguf'), join(folder, 'lora.gguf'))
writeFileSync(join(folder, 'cut.gguf'), readFileSync(starter('starter-l-q8_0.gguf')).subarray(0, 1_000_000))
writeFileSync(join(folder, 'text.gguf'), 'not weights at all')
mkdirSync(join(folder, 'folder.gguf'))

describe('models fit', () => {
  test('answers the contract for a model by its name', async () => {
    const answer = await report(
      'models fit llama-3.1-405b --context 8192 --sequences 1 --memory 24GB --bandwidth 400GB',
    )
    expect(answer).toMatchObject({
      model: 'llama-3.1-405b',
      quantisation: 'Q4_K_M',
      weights_bytes: 243_061_719_040,
      kv_bytes: 8192 * 504 * 1024,
      output_bytes: 128_256 * 4,
      fits: false,
      largest_context: 0,
      best_quantisation: null,
      decode_tokens_per_s_bound: 1.654,
      memory_bytes: 24e9,
    })
    const parts = ['weights_bytes', 'kv_bytes', 'compute_bytes', 'output_bytes'].map((key) =>
      Number(answer[key]),
    )
    expect(answer['total_bytes']).toBe(parts.reduce((sum, bytes) => sum + bytes, 0))
  })

  test('answers for a file, with the memory and the bandwidth of this machine', async () => {
    const answer = await report('models fit l.gguf --sequences 2')
    expect(answer).toMatchObject({
      model: 'l.gguf',
      quantisation: 'Q8_0',
      kv_bytes: 2 * 512 * 3072,
      context_tokens: 512,
      fits: true,
      largest_context: 512,
      best_quantisation: 'BF16',
    })
    expect(answer['decode_tokens_per_s_bound']).toBeGreaterThan(10)
    expect(answer['memory_bytes']).toBeGreaterThan(1e8)
  })

  test('says it to people in words', async () => {
    const { code, out } = await run('models fit aya-23-35b --context 8192 --memory 24GiB --bandwidth 50GB')
    expect(code).toBe(0)
    expect(out).toContain('keys and values  10.0 GiB    1.3 MiB for each token')
    expect(out).toMatch(/Does not fit into 24\.0 GiB: 6\.\d GiB are missing\./)
    expect(out).toContain('Best form that fits: Q2_K.')
  })

  test('says of what reads and does not write that it keeps nothing and how long a text may be', async () => {
    const line = 'models fit bge-m3:Q8_0 --context 2048 --sequences 4 --memory 4GB --bandwidth 50GB'
    expect(await report(line)).toMatchObject({
      kv_bytes: 0,
      compute_bytes: 67_141_632,
      largest_context: 3072,
      decode_tokens_per_s_bound: null,
      sequences: 4,
    })
    const { out } = await run(line)
    expect(out).toContain('bge-m3, Q8_0, texts of up to 2048 tokens\n')
    expect(out).toMatch(/^keys and values +0 B +none are kept$/m)
    expect(out).toContain('Largest text: 3072 tokens; several take turns.')
    expect(out).toContain('Speed: it reads, and does not write;')
  })

  test.each([
    ['models fit', /models fit needs a FILE or the NAME of a model/],
    ['models fit llama-4', /there is no file and no known model llama-4; known are, among others, llama-3/],
    ['models fit nowhere.gguf', /The weights file nowhere\.gguf is not there/],
    ['models fit text.gguf', /text\.gguf: not a GGUF file: it starts with 6e6f7420/],
    ['models fit folder.gguf', /folder\.gguf: it is not a file but a folder or a device/],
    [
      'models fit cut.gguf',
      /cut\.gguf: the tensor \S+ starts at byte \d+, but the file has 1000000: the copy is incomplete or damaged/,
    ],
    ['models fit lora.gguf', /lora\.gguf is an adapter; ask for the model that it belongs to/],
    [
      'models fit llama-3-8b --context 131072',
      /--context: llama-3-8b was trained with 8192 tokens, not 131072; ask for at most 8192/,
    ],
    [
      'models fit llama-3-8b --context many',
      /--context: expected a whole number from 1 to 16777216, not "many"/,
    ],
    ['models fit llama-3-8b --sequences 0', /--sequences: expected a whole number from 1 to 4096/],
    [
      'models fit llama-3-8b --memory lots',
      /--memory: expected bytes such as 24GB, 16GiB or 17179869184, not "lots"/,
    ],
    ['models fit llama-3-8b --cache-type q9', /--cache-type: expected f32, f16, .* or iq4_nl, not "q9"/],
    ['models fit gpt-oss-20b:Q4_K_M', /gpt-oss-20b is published in MXFP4 only/],
  ])('%s: one line and exit code 2', async (line, message) => {
    const { code, out, err } = await run(line)
    expect({ code, out, lines: err.trim().split('\n').length }).toEqual({ code: 2, out: '', lines: 1 })
    expect(err).toMatch(message)
    expect(err).not.toContain(folder)
  })

  test.each([
    ['24GB', 24e9],
    ['16GiB', 16 * 1024 ** 3],
    ['1.5 tb', 1.5e12],
    ['512m', 512 * 1024 ** 2],
    ['123', 123],
  ])('%s are %s bytes', (text, bytes) => {
    expect(byteCount('--memory', text)).toBe(bytes)
  })

  test.each(['', '-1', '0', 'GB', '1e9', '9999999999999999TB', '1.2.3'])('"%s" are no bytes', (text) => {
    expect(() => byteCount('--memory', text)).toThrow(/expected bytes such as/)
  })
})

describe('models inspect', () => {
  test('gives every tensor, the mix, the tokenizer, the licence and the hash', async () => {
    const answer = await report('models inspect l.gguf')
    expect(answer).toMatchObject({
      file: 'l.gguf',
      sha256: createHash('sha256')
        .update(readFileSync(join(folder, 'l.gguf')))
        .digest('hex'),
      architecture: 'llama',
      parameters: 4_754_688,
      quantisation: 'Q8_0',
      context_tokens: 512,
      tokenizer: { model: 'gpt2', tokens: 1280 },
      licence: { id: 'apache-2.0' },
      licence_record: 'apache-2.0',
      template: { flags: [] },
      metadata: { 'tokenizer.ggml.tokens': { items: 1280, type: 'text' } },
    })
    const tensors = answer['tensors'] as readonly { readonly name: string; readonly bytes: number }[]
    expect(tensors.find(({ name }) => name === 'token_embd.weight')).toMatchObject({ type: 'Q8_0' })
    expect(tensors.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(5_107_104)
  })

  test('shows a page, and leaves the hash out when told to', async () => {
    const { out } = await run('models inspect l.gguf --no-hash')
    expect(out).toMatch(/^sha256 +-$/m)
    expect(out).toMatch(/^ {2}token_embd\.weight +\d+ x 1280 +Q8_0/m)
    expect(out).toContain('nothing in it that ordinary templates do not have')
  })

  test('points at what a template does beside its work, and lets no file write to the terminal', async () => {
    const { header, fileBytes } = ggufHeaderBytes({
      bigEndian: true,
      metadata: [
        ['general.architecture', 'llama'],
        ['general.name', 'nice\u001b[2Jmodel'],
        ['tokenizer.chat_template', "{{ bos }}\n{% if 'invoice' in message.content %}pay{% endif %}"],
      ],
    })
    writeFileSync(join(folder, 'odd.gguf'), Buffer.concat([header, Buffer.alloc(fileBytes - header.length)]))
    const { out } = await run('models inspect odd.gguf')
    expect(out).toContain('GGUF 3, big-endian')
    expect(out).toContain('line 2, content-condition: what a message says is compared with “invoice”')
    expect(out).not.toContain('\u001b')
  })

  test.each([
    ['models inspect', /models inspect needs a FILE/],
    ['models inspect l.gguf lora.gguf', /takes one FILE or NAME, but "lora\.gguf" was given too/],
    ['models inspect nowhere.gguf', /The weights file nowhere\.gguf is not there/],
    ['models inspect text.gguf', /not a GGUF file/],
  ])('%s: one line and exit code 2', async (line, message) => {
    const { code, err } = await run(line)
    expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 2, lines: 1 })
    expect(err).toMatch(message)
  })
})
