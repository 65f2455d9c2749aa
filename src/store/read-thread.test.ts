import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { openLogForWriting } from './log-file.ts'
import { readThread } from './read-thread.ts'

const home = mkdtempSync(join(tmpdir(), 'read-thread-'))
const file = join(home, 'logs.db')
openLogForWriting(file, 0).close()
afterAll(() => rmSync(home, { recursive: true, force: true }))

const question = { kind: 'page', query: { limit: 1 } } as const

const started: Worker[] = []
process.on('worker', (worker) => started.push(worker))
beforeEach(() => void started.splice(0))
/** Node numbers a thread -1 once it is gone. */
const running = (): number => started.filter((worker) => worker.threadId !== -1).length

test('a thread that has nothing to do ends, and the next question starts another', async () => {
  const reader = readThread({ file }, { idleMs: 1 })
  for (let count = 1; count <= 3; count += 1) {
    expect(JSON.parse(await reader.ask(question))).toEqual({ rows: [], next: null })
    await expect.poll(running, { timeout: 20_000 }).toBe(0)
    expect(started).toHaveLength(count)
  }
  await reader.close()
})

test('one thread answers all, it starts with the first question, and closing ends it', async () => {
  const reader = readThread({ file })
  expect(started).toHaveLength(0)
  for (let count = 0; count < 3; count += 1) await reader.ask(question)
  expect([started.length, running()]).toEqual([1, 1])
  await reader.close()
  expect(running()).toBe(0)
})

test('questions that are asked while the thread is ending are answered all the same', async () => {
  const reader = readThread({ file }, { idleMs: 0 })
  const answers = await Promise.all(Array.from({ length: 20 }, () => reader.ask(question)))
  expect(new Set(answers)).toEqual(new Set(['{"rows":[],"next":null}']))
  await reader.close()
})

test('more questions at once than a console has reason for are refused', async () => {
  const reader = readThread({ file })
  const asked = Array.from({ length: 65 }, () => reader.ask(question))
  await expect(asked[64]).rejects.toThrow('64 questions wait already')
  await Promise.all(asked.slice(0, 64))
  await reader.close()
})

test('a file that is gone is an error of the question, without its path', async () => {
  const reader = readThread({ file: join(home, 'nothing.db') })
  const answer = reader.ask(question)
  await expect(answer).rejects.toMatchObject({ code: 'store.unavailable' })
  await expect(answer).rejects.not.toThrow(home)
  await reader.close()
})
