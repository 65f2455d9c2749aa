import { describe, expect, test } from 'vitest'
import { checkFileName, checkSplits, fileRole, isSafeFileName } from './file-roles.ts'

describe('what is fetched', () => {
  test.each([
    ['qwen3-8b-q4_k_m.gguf', 'weights'],
    ['sub/model-00001-of-00002.gguf', 'weights'],
    ['mmproj-F16.gguf', 'projector'],
    ['adapter_model.safetensors', 'adapter'],
    ['model.safetensors', 'weights'],
    ['chat_template.jinja', 'template'],
    ['tokenizer_config.json', 'tokenizer'],
    ['config.json', 'config'],
    ['LICENSE', 'licence'],
    ['LICENSE.txt', 'licence'],
    ['USE_POLICY.md', 'licence'],
    ['README.md', 'card'],
    ['model.sig', 'signature'],
  ])('%s is %s', (name, role) => expect(fileRole(name)).toBe(role))

  test.each([
    'modeling_qwen.py',
    'pytorch_model.bin',
    'model.pkl',
    'model.ckpt',
    'weights.zip',
    'install.sh',
    'model.gguf.exe',
    'notes.txt',
    '.gitattributes',
  ])('%s is not, whatever a card says', (name) => expect(fileRole(name)).toBeUndefined())
})

describe('a file name', () => {
  test.each(['a.gguf', 'sub/a b.gguf', 'ü.gguf'])('%s stays in its folder', (name) => {
    expect(isSafeFileName(name)).toBe(true)
  })

  test.each([
    '../a',
    '/etc/passwd',
    'a/../../b',
    'C:\\a',
    'a\\b',
    'a\u0000b',
    'a\nb',
    '',
    'a//b',
    './a',
    'x'.repeat(300),
  ])('%j would not', (name) =>
    expect(() => checkFileName(name)).toThrow(/would leave its folder; nothing is fetched/),
  )
})

describe('a split model', () => {
  const part = (no: number, of = 3) => `m-0000${no}-of-0000${of}.gguf`

  test('is taken whole, and one file is no split model', () => {
    checkSplits([part(1), part(2), part(3)])
    checkSplits(['m.gguf'])
  })

  test.each([
    [[part(1), part(3)], /1 of 3 parts are missing \(m-00002-of-00003\.gguf\)/],
    [[part(2)], /2 of 3 parts are missing/],
    [[part(1), part(2), part(3), 'other.gguf'], /weights of several models/],
    [[part(1), part(1, 2)], /weights of several models/],
    [['m-00001-of-00000.gguf'], /no part of a split model/],
  ])('is refused when parts are missing or strange: %#', (names, line) => {
    expect(() => checkSplits(names)).toThrow(line)
  })
})
