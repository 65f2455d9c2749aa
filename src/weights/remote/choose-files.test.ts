import { describe, expect, test } from 'vitest'
import { chooseFiles, companionRole, roleOfWeights } from './choose-files.ts'

const file = (path: string, bytes = 100) => ({ path, bytes, sha256: null })
const files = (...paths: readonly string[]) => paths.map((path) => file(path))
const chosen = (paths: readonly string[], quant?: string) =>
  chooseFiles(files(...paths), quant, 'hf:maker/model').map(({ path }) => path)

const QUANTS = ['m-Q4_K_M.gguf', 'm-Q4_K_S.gguf', 'm-IQ4_XS.gguf', 'm-Q8_0.gguf', 'm-UD-Q4_K_XL.gguf']

describe('chooseFiles', () => {
  test.each([
    ['Q4_K_M', 'm-Q4_K_M.gguf'],
    ['q4_k_m', 'm-Q4_K_M.gguf'],
    ['Q8_0', 'm-Q8_0.gguf'],
    ['IQ4_XS', 'm-IQ4_XS.gguf'],
    ['Q4_K_XL', 'm-UD-Q4_K_XL.gguf'],
    ['m-Q4_K_S.gguf', 'm-Q4_K_S.gguf'],
  ])('%s picks the one file that carries it', (quant, path) => {
    expect(chosen(QUANTS, quant)).toEqual([path])
  })

  test('part of a name is not a quantisation: Q4_XS is not IQ4_XS, Q4_K is neither of its two forms', () => {
    expect(() => chosen(QUANTS, 'Q4_XS')).toThrow(
      'hf:maker/model has no Q4_XS; it has m-Q4_K_M, m-Q4_K_S, m-IQ4_XS, m-Q8_0, m-UD-Q4_K_XL',
    )
    expect(() => chosen(QUANTS, 'Q4_K')).toThrow('has no Q4_K; it has')
  })

  test('the only weights need no quantisation; of several one must be named', () => {
    expect(chosen(['README.md', 'm.gguf', 'mmproj-m-f16.gguf', 'm.imatrix.gguf'])).toEqual([
      'm.gguf',
      'README.md',
    ])
    expect(() => chosen(QUANTS)).toThrow(
      /has more than one: name one, as in hf:maker\/model:m-Q4_K_M; it has m-Q4_K_M, /,
    )
    expect(() => chosen(['a-Q8_0.gguf', 'b-Q8_0.gguf'], 'Q8_0')).toThrow(
      /more than one with Q8_0.*a-Q8_0, b-Q8_0/,
    )
  })

  test('lists at most twelve names', () => {
    const many = Array.from({ length: 30 }, (_, index) => `m${index}-Q8_0.gguf`)
    expect(() => chosen(many)).toThrow(/m0-Q8_0, .*m11-Q8_0 and 18 more$/)
  })

  test('takes all parts of split weights, and none when one is missing', () => {
    const parts = [
      'Q4/m-Q4_0-00002-of-00003.gguf',
      'Q4/m-Q4_0-00001-of-00003.gguf',
      'Q4/m-Q4_0-00003-of-00003.gguf',
    ]
    expect(chosen([...parts, 'm-Q8_0.gguf'], 'Q4_0')).toEqual(parts.toSorted())
    expect(() => chosen(parts.slice(1), 'Q4_0')).toThrow(
      /1 of 3 parts are missing \(Q4\/m-Q4_0-00002-of-00003\.gguf\)/,
    )
    expect(() => chosen(['m-00001-of-99999.gguf'])).toThrow(/is no part of a split model/)
  })

  test('fetches no code, no pickle, no archive, whatever stands beside the weights', () => {
    const beside = [
      'run.py',
      'pytorch_model.bin',
      'data.zip',
      'config.json',
      'LICENSE',
      'chat_template.jinja',
      'x.sh',
    ]
    expect(chosen(['m.gguf', ...beside])).toEqual(['m.gguf', 'config.json', 'LICENSE', 'chat_template.jinja'])
    expect(() => chosen(['pytorch_model.bin', 'run.py'])).toThrow(
      'hf:maker/model has neither GGUF nor safetensors files; pytorch_model.bin may run code when it is opened and is never fetched',
    )
    expect(() => chosen(['model.safetensors'], 'Q8_0')).toThrow(
      /has no GGUF file; leave the quantisation out/,
    )
  })

  test('takes safetensors with their tokenizer where there is no GGUF', () => {
    const paths = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors', 'tokenizer.json']
    expect(chosen([...paths, 'onnx/model.safetensors'])).toEqual(paths)
  })

  test('leaves out a companion that is too large to be one', () => {
    const listed = [file('m.gguf'), file('README.md', 1e9)]
    expect(chooseFiles(listed, undefined, 'x').map(({ path }) => path)).toEqual(['m.gguf'])
  })

  test.each([
    ['LICENSE', 'licence'],
    ['LICENCE.txt', 'licence'],
    ['LICENSE-MODEL.md', 'licence'],
    ['USE_POLICY.md', 'licence'],
    ['tokenizer.model', 'tokenizer'],
    ['model.sig', 'signature'],
    ['license.py', undefined],
    ['LICENSE/run.sh', undefined],
    ['config.json.exe', undefined],
    ['sub/config.json', undefined],
  ])('%s is for %s', (path, role) => {
    expect(companionRole(path)).toBe(role)
  })

  test.each([
    ['mmproj-f16', 'projector'],
    ['starter-s1-urgency-lora-f16', 'adapter'],
    ['floral-7b-q8_0', 'weights'],
  ])('%s are %s', (label, role) => {
    expect(roleOfWeights(label)).toBe(role)
  })
})
