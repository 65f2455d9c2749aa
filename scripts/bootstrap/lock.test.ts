import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from './lock.mjs'

let folder: string
let lock: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-lock-'))
  lock = join(folder, 'the.lock')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('of several processes only one works at a time', async () => {
  const log = join(folder, 'log')
  const exitCodes = await Promise.all(Array.from({ length: 4 }, () => runWorker(log)))
  expect(exitCodes).toEqual([0, 0, 0, 0])
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  expect(lines).toHaveLength(8)
  // Every start is followed by the end of the same process.
  for (let index = 0; index < lines.length; index += 2) {
    expect([lines[index], lines[index + 1]]).toEqual([lines[index], lines[index]?.replace('start', 'end')])
  }
  expect(readdirSync(folder)).toEqual(['log'])
})

test('a lock whose process is gone is taken over', async () => {
  leaveBehind({ pid: 2 ** 30, host: hostname(), token: 'of a dead process' })
  await expect(withLock(lock, async () => 'worked')).resolves.toBe('worked')
})

test('a lock of another machine is taken over once it has not been touched for long', async () => {
  leaveBehind({ pid: process.pid, host: 'another machine', token: 'of a machine switched off' })
  const minuteAgo = new Date(Date.now() - 60_000)
  utimesSync(lock, minuteAgo, minuteAgo)
  await expect(withLock(lock, async () => 'worked')).resolves.toBe('worked')
})

test('a lock that is held is waited for, and the wait is said once', async () => {
  const release = Promise.withResolvers<void>()
  const waiting = Promise.withResolvers<void>()
  const order: string[] = []
  const first = withLock(lock, async () => {
    await release.promise
    order.push('first')
  })
  const second = withLock(lock, async () => void order.push('second'), { onWait: waiting.resolve })
  await waiting.promise
  release.resolve()
  await Promise.all([first, second])
  expect(order).toEqual(['first', 'second'])
})

test('work that fails leaves no lock behind', async () => {
  await expect(withLock(lock, () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full')
  expect(existsSync(lock)).toBe(false)
})

function leaveBehind(owner: { pid: number; host: string; token: string }): void {
  mkdirSync(lock)
  writeFileSync(join(lock, 'owner.json'), JSON.stringify(owner))
}

function runWorker(log: string): Promise<number | null> {
  const module = JSON.stringify(new URL('./lock.mjs', import.meta.url).href)
  const code = `
    const { appendFileSync } = await import('node:fs')
    const { withLock } = await import(${module})
    await withLock(${JSON.stringify(lock)}, async () => {
      appendFileSync(${JSON.stringify(log)}, 'start ' + process.pid + '\\n')
      await new Promise((resolve) => setTimeout(resolve, 20))
      appendFileSync(${JSON.stringify(log)}, 'end ' + process.pid + '\\n')
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' })
  return new Promise((resolve) => child.on('exit', resolve))
}
