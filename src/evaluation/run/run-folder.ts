import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid, MusivumError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Outcome } from '../../evidence/outcome.ts'
import type { EvidenceStore } from '../../store/evidence/evidence-store.ts'
import { parseRow } from '../read/parse-row.ts'
import { outcomeLine, tableLine } from './outcome-line.ts'
import type { RunPlan } from './plan-run.ts'

export const OUTCOMES_FILE = 'outcomes.jsonl'
export const ANSWERS_FILE = 'answers.jsonl'
export const LOCK_FILE = 'run.lock.json'

export type TableDigests = { readonly outcomesSha256: string; readonly tableSha256: string }

/** Digests of an outcomes file that would hold these rows. */
export function digestOutcomes(outcomes: Iterable<Outcome>): TableDigests {
  const [whole, table] = [createHash('sha256'), createHash('sha256')]
  for (const outcome of outcomes) {
    whole.update(outcomeLine(outcome))
    table.update(tableLine(outcome))
  }
  return { outcomesSha256: whole.digest('hex'), tableSha256: table.digest('hex') }
}

export type RunFiles = {
  readonly outcomes: readonly Outcome[]
  readonly answers: Iterable<string>
  readonly lock: JsonObject
}

/**
 * Writes the files of a run, each whole or not at all, the lock last: where it stands beside outcomes of another digest,
 * the writing was cut off.
 *
 * @throws MusivumError `request.invalid` when the folder cannot be written
 */
export async function writeRunFolder(folder: string, shown: string, files: RunFiles): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await writeWhole(join(folder, ANSWERS_FILE), files.answers)
    await writeWhole(join(folder, OUTCOMES_FILE), files.outcomes.map(outcomeLine))
    await writeWhole(join(folder, LOCK_FILE), [`${JSON.stringify(files.lock, null, 2)}\n`])
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
    throw new MusivumError(
      'request.invalid',
      `${shown}: the folder cannot be written (${code})`,
      {},
      { cause },
    )
  }
}

async function writeWhole(file: string, lines: Iterable<string>): Promise<void> {
  const partial = `${file}.${process.pid}.partial`
  const handle = await open(partial, 'w')
  try {
    await writeLines(handle, lines)
    await handle.datasync()
    await handle.close()
    await rename(partial, file)
  } catch (error) {
    await handle.close().catch(() => {
      // Closed before the rename failed; the first error is the one to tell.
    })
    await rm(partial, { force: true })
    throw error
  }
}

/** Bytes joined before each write: a line each would be a system call each. */
const WRITE_CHARS = 256 * 1024

async function writeLines(handle: FileHandle, lines: Iterable<string>): Promise<void> {
  let held: string[] = []
  let chars = 0
  for (const line of lines) {
    held.push(line)
    chars += line.length
    if (chars < WRITE_CHARS) continue
    await handle.write(held.join(''))
    held = []
    chars = 0
  }
  if (held.length > 0) await handle.write(held.join(''))
}

/** One line per answer: what the model wrote, whole. Failed calls have none. */
export function* answerLines(plan: RunPlan, store: Pick<EvidenceStore, 'findAnswer'>): Generator<string> {
  const turns = new Int32Array(plan.items.length)
  for (const [turn, itemPlace] of plan.order.entries()) turns[itemPlace] = turn
  for (const turn of turns) {
    for (const [modelPlace] of plan.models.entries()) {
      for (let sample = 0; sample < plan.samples; sample += 1) {
        const planned = plan.callOf(modelPlace, turn * plan.samples + sample)
        const answer = store.findAnswer(planned.hash)
        if (answer === undefined) continue
        const { task, item } = planned.item.item
        const names = { task, item, model: planned.model.name, sample: planned.sampleName }
        const usage = { input_tokens: answer.usage?.inputTokens, output_tokens: answer.usage?.outputTokens }
        const { text: output, finishReason: finish_reason } = answer
        yield `${JSON.stringify({ ...names, output, finish_reason, ...usage })}\n`
      }
    }
  }
}

/**
 * The lock of an earlier run in this folder; undefined when there is none.
 *
 * @throws MusivumError `request.invalid` when it is no lock
 */
export async function readLock(folder: string, shown: string): Promise<JsonObject | undefined> {
  let text: string
  try {
    text = await readFile(join(folder, LOCK_FILE), 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
  const lock = parseRow(text)
  if (lock?.['format'] !== 1)
    throw invalid(`${join(shown, LOCK_FILE)}: is no lock of this version; expected {"format": 1, …}`)
  return lock
}
