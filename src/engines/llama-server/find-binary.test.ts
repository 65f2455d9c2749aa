import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findServerBinary } from './find-binary.ts'

const folder = mkdtempSync(join(tmpdir(), 'musivum-find-binary-'))
afterAll(() => rmSync(folder, { recursive: true }))

function program(name: string, mode = 0o755): string {
  const path = join(folder, name)
  writeFileSync(path, '#!/bin/sh\n')
  chmodSync(path, mode)
  return path
}

test('what the configuration names comes before LLAMA_SERVER, and that before the PATH', () => {
  const [named, ofVariable, ofPath] = [program('named'), program('of-variable'), program('llama-server')]
  const env = { LLAMA_SERVER: ofVariable, PATH: folder }
  expect(findServerBinary(named, env)).toBe(named)
  expect(findServerBinary(undefined, env)).toBe(ofVariable)
  expect(findServerBinary(undefined, { LLAMA_SERVER: '', PATH: folder })).toBe(ofPath)
})

test('folders of the PATH that are not there, and files that cannot be run, are passed over', () => {
  mkdirSync(join(folder, 'first'))
  program('first/llama-server', 0o644)
  const ofPath = program('llama-server')
  const path = ['', join(folder, 'nowhere'), join(folder, 'first'), folder].join(delimiter)
  expect(findServerBinary(undefined, { PATH: path })).toBe(ofPath)
})

test('a program that is not there is one line without a path of this machine', () => {
  expect(() => findServerBinary(join(folder, 'gone'), {})).toThrow(
    /^llama-server cannot be started: gone is not a program that can be run here; install llama.cpp, or name/,
  )
  expect(() => findServerBinary(undefined, { PATH: '' })).toThrow(/there is no llama-server in the PATH/)
})
