import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MusivumError } from '../../core/errors.ts'
import { openEvidenceStore } from '../../store/evidence/open-evidence-store.ts'
import type { Ask, Call } from '../ask.ts'
import type { World } from '../world.ts'
import { quickTime } from './given-world.conformance.ts'
import { prepareRun, type RunRequest } from './prepare-run.ts'
import type { RunModel } from './run-model.ts'

/** What a run of five items "say 0" … "say 4" needs: a folder, a home, models and somebody who answers. */
export function runWorld(taskMore = '', items = 5) {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-run-'))
  const rows = Array.from({ length: items }, (_, place) => ({
    task: 't',
    item: `i${place}`,
    prompt: `say ${place}`,
    gold: String(place),
  }))
  writeFileSync(join(folder, 'items.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const task = (more: string) =>
    writeFileSync(
      join(folder, 'task.yaml'),
      `task: t\nitems: items.jsonl\nscorer: exact\nreference: large\ncandidates: [small]\nmargin: 0.1\n${more}`,
    )
  task(taskMore)
  const ports = quickTime()
  const store = openEvidenceStore({ home: join(folder, 'home'), clock: ports.clock })
  const stop = new AbortController()
  const notes: string[] = []
  const world: World = { cwd: folder, signal: stop.signal, note: (line: string) => void notes.push(line) }
  const prepareIn =
    (given: World) =>
    (ask: Ask, models: readonly RunModel[], request: Partial<RunRequest> = {}) =>
      prepareRun(
        { taskFile: 'task.yaml', musivum: '0.0.0', ...request },
        { world: given, store, ports, ask, findModel: findAmong(models) },
      )
  return { folder, ports, store, stop, notes, world, task, prepare: prepareIn(world), prepareIn }
}

function findAmong(models: readonly RunModel[]) {
  return async (name: string): Promise<RunModel> => {
    const model = await Promise.resolve(models.find((each) => each.name === name))
    if (model === undefined) throw new MusivumError('model.not_found', `no model is called "${name}"`)
    return model
  }
}

/** The number that a prompt asks for. */
export function asked(call: Call): string {
  return call.messages.at(-1)?.content.replace('say ', '') ?? ''
}
