import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { watchConfig, type ConfigChange, type WatchedConfig } from './watch-config.ts'

let root: string
let watched: WatchedConfig | undefined
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'musivum-watch-'))
  mkdirSync(join(root, 'home'))
})
afterEach(() => {
  watched?.close()
  watched = undefined
  rmSync(root, { recursive: true, force: true })
})

type Started = {
  readonly config: WatchedConfig
  readonly lines: readonly string[]
  readonly next: () => Promise<ConfigChange>
}

function start(): Started {
  const lines: string[] = []
  const clock = { now: () => 0, monotonic: () => 0 }
  const home = join(root, 'home')
  const config = watchConfig({
    env: {},
    cwd: root,
    home,
    packageRoot: root,
    clock,
    log: (line) => lines.push(line),
  })
  watched = config
  const arrived: ConfigChange[] = []
  const waiting: ((change: ConfigChange) => void)[] = []
  config.onChange((change) => {
    const waiter = waiting.shift()
    if (waiter === undefined) arrived.push(change)
    else waiter(change)
  })
  const next = () => {
    const change = arrived.shift()
    return change === undefined
      ? new Promise<ConfigChange>((resolve) => waiting.push(resolve))
      : Promise.resolve(change)
  }
  return { config, lines, next }
}

function save(source: string): void {
  writeFileSync(join(root, 'musivum.yaml'), source)
}

test('a saved change is in force without a restart', async () => {
  save('listen: { port: 1 }')
  const { config, lines, next } = start()
  save('listen: { port: 2 }')
  expect(await next()).toMatchObject({ kind: 'loaded', snapshot: { listen: { port: 2 } } })
  expect(config.current().listen.port).toBe(2)
  expect(lines).toEqual([`configuration ${config.current().version} is in force, read from musivum.yaml`])
})

test('an editor that replaces the file by renaming is noticed, again and again', async () => {
  save('listen: { port: 1 }')
  const { next } = start()
  for (const port of [2, 3]) {
    writeFileSync(join(root, 'musivum.yaml~'), `listen: { port: ${port} }`)
    renameSync(join(root, 'musivum.yaml~'), join(root, 'musivum.yaml'))
    expect(await next()).toMatchObject({ kind: 'loaded', snapshot: { listen: { port } } })
  }
})

test('a wrong file leaves the good snapshot in force and says why, until it is mended', async () => {
  save('listen: { port: 1 }')
  const { config, lines, next } = start()
  const before = config.current()
  save('listen: { prt: 1 }')
  const problem = 'musivum.yaml:1: listen.prt: unknown key; did you mean port?'
  expect(await next()).toEqual({ kind: 'refused', problem })
  expect(config.problem()).toBe(problem)
  expect(config.current()).toBe(before)
  expect(lines).toEqual([`${problem}; the configuration before it stays in force`])
  save('listen: { port: 1 }')
  expect(await next()).toEqual({ kind: 'mended' })
  expect(config.problem()).toBeNull()
  expect(config.current()).toBe(before)
})

test('a file that disappears takes nothing away', async () => {
  save('listen: { port: 1 }')
  const { config, next } = start()
  rmSync(join(root, 'musivum.yaml'))
  expect(await next()).toEqual({ kind: 'refused', problem: 'musivum.yaml: there is no such file' })
  expect(config.current().listen.port).toBe(1)
})

test('a first configuration is found when it appears', async () => {
  const { config, next } = start()
  expect(config.current().file).toBeNull()
  save('listen: { port: 7 }')
  expect(await next()).toMatchObject({
    kind: 'loaded',
    snapshot: { file: 'musivum.yaml', listen: { port: 7 } },
  })
})

test('a save that changes nothing is not a change', () => {
  save('listen: { port: 1 }')
  const { config, lines } = start()
  const before = config.current()
  save('# a comment\nlisten:\n  port: 1\n')
  config.reload()
  expect(config.current()).toBe(before)
  expect(lines).toEqual([])
})

test('weights that have appeared are noticed on reload, though the file says the same', () => {
  save('models: { a: { engine: llama, weights: a.gguf } }')
  const { config } = start()
  expect(config.current().warnings).toHaveLength(1)
  writeFileSync(join(root, 'a.gguf'), '')
  config.reload()
  expect(config.current().warnings).toEqual([])
})

test('a file behind a link is noticed when the link is turned', async () => {
  writeFileSync(join(root, 'one'), 'listen: { port: 1 }')
  writeFileSync(join(root, 'two'), 'listen: { port: 22 }')
  symlinkSync(join(root, 'one'), join(root, 'musivum.yaml'))
  const { next } = start()
  symlinkSync(join(root, 'two'), join(root, 'link'))
  renameSync(join(root, 'link'), join(root, 'musivum.yaml'))
  expect(await next()).toMatchObject({ kind: 'loaded', snapshot: { listen: { port: 22 } } })
})

test('a wrong file at the start is thrown, since there is nothing to keep', () => {
  save('listen: 1')
  expect(() => start()).toThrow('musivum.yaml:1: listen: expected a mapping, found 1')
})
