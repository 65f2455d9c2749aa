import { describe, expect, test } from 'vitest'
import { MusivumError } from '../core/errors.ts'
import { parseSource } from './source.ts'

describe('a source', () => {
  test.each([
    ['hf:Qwen/Qwen3-8B-GGUF', { kind: 'hf', owner: 'Qwen', repo: 'Qwen3-8B-GGUF' }],
    ['hf:a/b:Q4_K_M', { kind: 'hf', owner: 'a', repo: 'b', quant: 'Q4_K_M' }],
    ['hf:a/b@main', { kind: 'hf', owner: 'a', repo: 'b', revision: 'main' }],
    ['hf:a/b:Q8_0@refs/pr/3', { kind: 'hf', owner: 'a', repo: 'b', quant: 'Q8_0', revision: 'refs/pr/3' }],
    [
      'https://h.example/x.gguf?download=true#top',
      { kind: 'https', url: 'https://h.example/x.gguf?download=true' },
    ],
    ['http://127.0.0.1:8080/x.gguf', { kind: 'https', url: 'http://127.0.0.1:8080/x.gguf' }],
    ['http://[::1]/x.gguf', { kind: 'https', url: 'http://[::1]/x.gguf' }],
    ['file:models/x.gguf', { kind: 'file', path: 'models/x.gguf' }],
    ['file:///srv/a%20b.gguf', { kind: 'file', path: '/srv/a b.gguf' }],
    ['./x.gguf', { kind: 'file', path: './x.gguf' }],
    ['C:\\models\\x.gguf', { kind: 'file', path: 'C:\\models\\x.gguf' }],
    ['ollama:llama3.2:3b', { kind: 'ollama', name: 'llama3.2:3b' }],
    ['ollama:registry.example:5000/me/own:v1', { kind: 'ollama', name: 'registry.example:5000/me/own:v1' }],
  ])('%s is read as meant', (text, source) => expect(parseSource(text)).toEqual(source))

  test.each([
    ['', /this one is empty/],
    ['hf:Qwen', /hf:OWNER\/REPO/],
    ['hf:a/..', /repository "\.\." is no name/],
    ['hf:../b', /owner "\.\." is no name/],
    ['hf:a/b:Q4 K', /quantisation "Q4 K" is none/],
    ['hf:a/b@../../c', /revision "\.\.\/\.\.\/c" is none/],
    ['s3:bucket/x', /"s3:" is none of these/],
    ['http://models.example/x.gguf', /only on this machine/],
    ['http://127.0.0.1.evil.example/x.gguf', /only on this machine/],
    ['file://server/share/x.gguf', /file:\/\/\/PATH/],
    ['file:', /needs a path/],
    ['file:///a%00b.gguf', /broken %/],
    ['ollama:../../etc/passwd', /no model name/],
    ['ollama:a/b/c/d', /no model name/],
    ['x\ny', /no such text/],
  ])('%j is refused in one line', (text, line) => {
    expect(() => parseSource(text)).toThrow(line)
    expect(() => parseSource(text)).toThrow(MusivumError)
  })

  test.each([
    'https://user:s3cret-s3cret@h.example/x.gguf',
    'https://s3cret-s3cret@h.example/x.gguf',
    'https://h.example/x.gguf?token=s3cret-s3cret',
    'https://h.example/x.gguf?X-Amz-Signature=s3cret-s3cret',
  ])('a password in an address is refused and not repeated: %#', (text) => {
    expect(() => parseSource(text)).toThrow(/holds a password or a token.*--token-env/)
    expect(() => parseSource(text)).not.toThrow(/s3cret/)
  })
})
