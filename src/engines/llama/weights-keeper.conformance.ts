import { copyFile, mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { LlamaBinding } from '../../catalog/model.ts'
import type { Conversation } from '../../core/conversation.ts'
import { context, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { Engine, ProcessFacts } from '../engine.ts'
import { memoryBook, type MemoryBook, type Room } from './memory-book.ts'
import type { MemoryNeed } from './memory-fit.ts'
import { clock, STARTER_S1, textOf } from './starter-engine.conformance.ts'

export type KeptEngine = {
  /** An engine on the starter weights that backs off for `backOffMs` after a crash. */
  readonly open: (options: KeptOptions) => Engine
  readonly short: Conversation
  /** Not whole as soon as its first event is read, and whole a moment later. */
  readonly longer: Conversation
  /** Written until its reader leaves, or long enough for that. */
  readonly long: Conversation
}

export type KeptOptions = Partial<Pick<LlamaBinding, 'weights' | 'slots' | 'keepAliveMs' | 'pinned'>> & {
  readonly deps: {
    readonly log: (line: string) => void
    readonly backOffMs: number
    readonly memory?: MemoryBook
  }
}

type Options = Omit<KeptOptions, 'deps'> & { readonly memory?: MemoryBook }
type Said = Omit<KeptEngine, 'open'>
type Open = (options?: Options) => { readonly engine: Engine; readonly log: readonly string[] }

/** What an engine does with the one process that holds its weights: the same list for each that has such a process. */
export function describeKeeping(name: string, { open: openEngine, ...said }: KeptEngine): void {
  const cleanups: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
  })

  const open: Open = ({ memory, ...binding } = {}) => {
    const log: string[] = []
    const deps = { log: (line: string) => log.push(line), backOffMs: 10, ...(memory && { memory }) }
    const engine = openEngine({ ...binding, deps })
    cleanups.push(() => engine.close())
    return { engine, log }
  }

  describe(`weights are kept by ${name}`, () => {
    describeLeaving(open, said)
    describeCrashes(open, said, cleanups)
    describeStarts(open, said)
  })
}

function describeLeaving(open: Open, { short, longer, long }: Said): void {
  test('and unloaded when nobody asked for a while; the next request loads them again', async () => {
    const { engine, log } = open({ keepAliveMs: 0 })
    await textOf(engine, short)
    await vi.waitFor(() => expect(engine.state()).toEqual({ kind: 'idle' }))
    await textOf(engine, short)
    expect(log.filter((line) => /loaded in \d+\.\d s, .*process \d+, /.test(line))).toHaveLength(2)
    expect(log).toContain(`${engine.model.name}: unloaded (nobody asked for it)`)
  })

  test('until what is being answered is done; whoever comes meanwhile gets a new process', async () => {
    const { engine, log } = open({ slots: 2 })
    const reader = await begun(engine, longer)
    const before = processOf(engine)
    const unloaded = engine.weights?.unload('when-done')
    await vi.waitFor(() => expect(processOf(engine)).toMatchObject({ pid: before?.pid, leaving: true }))
    // It holds a slot while it waits: the process is done when nobody is in it, not when nobody has a slot.
    const late = textOf(engine, short)
    await vi.waitFor(() => expect(engine.state()).toMatchObject({ activeRequests: 2 }))
    await reader.rest()
    await unloaded
    expect(await late).not.toBe('')
    expect(processOf(engine)?.pid).not.toBe(before?.pid)
    expect(log).toContain(`${engine.model.name}: unloaded (as asked)`)
  })

  test('but when they must go now, what is being answered fails as something to try again', async () => {
    const { engine } = open()
    const reader = await begun(engine, long)
    const pid = processOf(engine)?.pid ?? 0
    await engine.weights?.unload('now')
    expect(isAlive(pid)).toBe(false)
    expect(await failureOf(reader.rest())).toMatchObject({ code: 'engine.crashed', next: 'retry' })
    expect(engine.state()).toEqual({ kind: 'idle' })
    await engine.weights?.unload('now')
  })
}

function describeCrashes(open: Open, { short, long }: Said, cleanups: (() => Promise<unknown>)[]): void {
  async function crash(engine: Engine): Promise<void> {
    const reader = await begun(engine, long)
    process.kill(processOf(engine)?.pid ?? Number.NaN, 'SIGKILL')
    const error = await failureOf(reader.rest())
    expect(error).toMatchObject({ code: 'engine.crashed', next: 'retry', retryAfterSeconds: 1 })
    expect(error.message).toContain('SIGKILL')
  }

  test('through a crash: the next request starts a new process, whose answer makes up for it', async () => {
    const { engine, log } = open()
    await crash(engine)
    expect(await textOf(engine, short)).not.toBe('')
    await crash(engine)
    expect(engine.state()).toMatchObject({ kind: 'restarting' })
    expect(log.filter((line) => line.includes('process ended by itself (signal SIGKILL'))).toHaveLength(2)
  })

  test('until two crashes in a row: then the file is left alone until it changes', async () => {
    const weights = await copyOfWeights(cleanups)
    const { engine, log } = open({ weights })
    await crash(engine)
    await crash(engine)
    const refused = await failureOf(textOf(engine, short))
    expect(refused).toMatchObject({ code: 'engine.quarantined', next: 'other-model' })
    expect(engine.state()).toEqual({ kind: 'unavailable', reason: refused.message })
    expect(log.at(-1)).toContain('not started again until its file changes: ')
    await utimes(weights, new Date(), new Date(Date.now() + 10_000))
    expect(await textOf(engine, short)).not.toBe('')
  })
}

function describeStarts(open: Open, { short }: Said): void {
  test('only where there is room: while others keep it, the model is busy and not broken', async () => {
    const memory = memoryBook({ clock, limitBytes: MOST, free: () => MOST, waitMs: 10 })
    const other = await busyModel(memory)
    const { engine } = open({ memory })
    const error = await failureOf(textOf(engine, short))
    expect(error).toMatchObject({ code: 'engine.busy', next: 'retry' })
    expect(engine.state()).toEqual({ kind: 'idle' })
    other.giveBack()
    expect(await textOf(engine, short)).not.toBe('')
  })

  test('and a start that is under way when the gateway closes leaves nothing behind', async () => {
    const { engine } = open()
    const call = failureOf(textOf(engine, short))
    await vi.waitFor(() => expect(engine.state()).toEqual({ kind: 'starting' }))
    await engine.close()
    expect((await call).code).toBe('gateway.stopping')
    expect((await failureOf(textOf(engine, short))).code).toBe('gateway.stopping')
  })
}

const MOST = 64 * 1024 ** 3

/** Has all the memory there is, and goes on answering. */
async function busyModel(memory: MemoryBook): Promise<Room> {
  const holder = { pinned: false, idleSinceMs: () => undefined, residentBytes: () => 0, leave: never }
  const need: MemoryNeed = {
    model: 'other',
    file: 'other.gguf',
    weightsBytes: MOST / 2,
    besideBytes: () => MOST / 2,
    sizes: [{ slots: 1, contextTokens: 1 }],
    larger: [],
    instead: () => [],
  }
  const room = await memory.open(holder).admit(need, new AbortController().signal)
  room.loaded()
  return room
}

function never(): Promise<void> {
  return new Promise(() => undefined)
}

/** An answer whose first event has come. */
async function begun(engine: Engine, conversation: Conversation) {
  const events = engine.answer(permitFor(engine.model), conversation, context())[Symbol.asyncIterator]()
  await events.next()
  return {
    async rest() {
      for (let event = await events.next(); event.done !== true; event = await events.next());
    },
  }
}

function processOf(engine: Engine): ProcessFacts | undefined {
  const state = engine.state()
  return state.kind === 'ready' ? state.process : undefined
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    // ESRCH: there is no such process any more.
    return false
  }
}

async function copyOfWeights(cleanups: (() => Promise<unknown>)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'musivum-weights-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const copy = join(folder, 'copy.gguf')
  await copyFile(STARTER_S1, copy)
  return copy
}
