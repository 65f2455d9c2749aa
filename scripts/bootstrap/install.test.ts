import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ensureFolderInstalled } from './install.mjs'

let folder: string
let said: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-install-'))
  said = ''
  writeLock({})
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', version: '1.0.0' }))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function install(): Promise<void> {
  return ensureFolderInstalled(folder, 'Installing the example', (text) => {
    said += text
  })
}

test('a fresh folder is installed once, in one line, and not again', async () => {
  await install()
  expect(said).toMatch(/^Installing the example \.\.\. done in \d+ s\n$/)
  said = ''
  await install()
  expect(said).toBe('')
})

test('a changed lock file leads to another installation', async () => {
  await install()
  said = ''
  writeLock({}, '2.0.0')
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', version: '2.0.0' }))
  // What was installed for the old lock file does not satisfy the new one.
  rmSync(join(folder, 'node_modules', '.package-lock.json'), { force: true })
  await install()
  expect(said).toContain('done in')
})

test('what somebody installed by hand is kept if it is what the lock file wants', async () => {
  writeLock({
    'node_modules/thing': { version: '1.2.3' },
    'node_modules/mac-only': { version: '1.0.0', optional: true },
  })
  installByHand({ 'node_modules/thing': { version: '1.2.3' } })
  await install()
  expect(said).toBe('')
  expect(readFileSync(join(folder, 'node_modules', 'mark'), 'utf8')).toBe('by hand')
})

test('what somebody installed by hand is replaced if a version differs', async () => {
  installByHand({ 'node_modules/thing': { version: '1.0.0' } })
  writeLock({ 'node_modules/thing': { version: '1.2.3', optional: true, os: ['none'] } })
  await install()
  expect(said).toContain('done in')
  expect(existsSync(join(folder, 'node_modules', 'mark'))).toBe(false)
})

test('a failed installation shows what npm said and one line that says what to do', async () => {
  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", ')
  await expect(install()).rejects.toThrow(
    /^The dependencies could not be installed; npm says why above\. .+ run the same command again\.$/,
  )
  expect(said).toContain('EJSONPARSE')
  expect(existsSync(join(folder, '.musivum-install.lock'))).toBe(false)
})

function writeLock(packages: Record<string, object>, version = '1.0.0'): void {
  const lock = {
    name: 'empty',
    version,
    lockfileVersion: 3,
    packages: { '': { name: 'empty', version }, ...packages },
  }
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
}

function installByHand(packages: Record<string, object>): void {
  mkdirSync(join(folder, 'node_modules'))
  writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
  writeFileSync(join(folder, 'node_modules', 'mark'), 'by hand')
}
