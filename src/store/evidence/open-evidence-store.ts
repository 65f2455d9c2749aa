import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../core/ports.ts'
import type { Outcome } from '../../evidence/outcome.ts'
import { guarded, openMainDatabase, transaction } from '../main-database.ts'
import { answerCache } from './answer-cache.ts'
import type { EvidenceStore, RunEnd, RunRow, RunStart, RunVerdict } from './evidence-store.ts'
import * as sql from './statements.ts'

export type EvidenceStoreOptions = {
  /** Holds data/main.db; made when missing. */
  readonly home: string
  readonly clock: Pick<Clock, 'now'>
  /** Text of answers that is kept, in bytes. Default 1 GiB: 500,000 answers of 2 KB. */
  readonly maxCacheBytes?: number
}

const MAX_CACHE_BYTES = 1024 ** 3

/**
 * main.db, written in place: a run waits for each paid answer to be on the disk. Several processes may open it.
 *
 * @throws MusivumError `store.unavailable`, here and from every function: damaged, full, made by a newer version
 */
export function openEvidenceStore(options: EvidenceStoreOptions): EvidenceStore {
  const database = openMainDatabase(options.home, options.clock)
  const transact = <T>(work: () => T): T => transaction(database, work)
  const cache = answerCache(database, transact, options.clock, options.maxCacheBytes ?? MAX_CACHE_BYTES)
  const runs = runTable(database, transact, options.clock)
  return {
    findAnswer: (hash) => guarded(() => cache.find(hash)),
    keepAnswer: (answer) => guarded(() => cache.keep(answer)),
    answerFigures: (source) => guarded(() => cache.figures(source)),
    startRun: (run) => guarded(() => runs.start(run)),
    recordOutcomes: (runId, sha256, task, outcomes) =>
      guarded(() => runs.record(runId, sha256, task, outcomes)),
    finishRun: (runId, end) => guarded(() => runs.finish(runId, end)),
    outcomesOf: (runId) => guarded(() => runs.outcomes(runId)),
    listRuns: (limit) => guarded(() => runs.list(limit)),
    close: () => database.close(),
  }
}

type Row = Readonly<Record<string, unknown>>

function runTable(database: DatabaseSync, transact: <T>(work: () => T) => T, clock: Pick<Clock, 'now'>) {
  const nowMs = () => Math.trunc(clock.now())
  return {
    start({ id, task, folder, reference, candidates, items, calls }: RunStart): void {
      const names = JSON.stringify(candidates)
      database.prepare(sql.startRun).run(id, task, folder, reference, names, items, calls, nowMs())
    },
    record(runId: string, sha256: string, task: string, outcomes: Iterable<Outcome>): void {
      transact(() => {
        const known = database.prepare(sql.findSet).get(sha256)?.['id']
        const set = known ?? addSet(database, sha256, task, outcomes)
        database.prepare(sql.setRunOutcomes).run(Number(set), runId)
      })
    },
    finish(runId: string, { state, asked, failed, costNanoUsd, verdicts }: RunEnd): void {
      const told = JSON.stringify(verdicts)
      database.prepare(sql.finishRun).run(nowMs(), state, asked, failed, costNanoUsd, told, runId)
    },
    outcomes: (runId: string): readonly Outcome[] =>
      database.prepare(sql.listOutcomes).all(runId).map(toOutcome),
    list: (limit: number): readonly RunRow[] => database.prepare(sql.listRuns).all(limit).map(toRun),
  }
}

function addSet(database: DatabaseSync, sha256: string, task: string, outcomes: Iterable<Outcome>): number {
  const set = Number(database.prepare(sql.addSet).get(sha256, task)?.['id'])
  const add = database.prepare(sql.addOutcome)
  let place = 0
  for (const each of outcomes) {
    const { item, model, score } = each
    const known = [
      each.chars,
      each.costUsd,
      each.latencyMs,
      each.category,
      each.cluster,
      each.lang,
      each.error,
    ]
    add.run(set, place, item, model, each.sample ?? null, score, each.answer ?? null, ...known.map(orNull))
    place += 1
  }
  return set
}

function orNull<T>(value: T | undefined): T | null {
  return value ?? null
}

function toOutcome(row: Row): Outcome {
  // Columns carry the names of the fields, so that a row without its nulls is an outcome.
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Outcome
}

function toRun(row: Row): RunRow {
  const { candidates, verdicts, ...rest } = row
  return {
    ...(rest as Omit<RunRow, 'candidates' | 'verdicts'>),
    candidates: listOf<string>(candidates),
    verdicts: listOf<RunVerdict>(verdicts),
  }
}

/** A column that holds a list as JSON; null is an empty one. */
function listOf<T>(column: unknown): readonly T[] {
  return typeof column === 'string' ? (JSON.parse(column) as readonly T[]) : []
}
