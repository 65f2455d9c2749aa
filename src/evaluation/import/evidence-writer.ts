import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { JsonObject } from '../../core/json.ts'
import { parseItemLine } from '../../evidence/item.ts'
import { createOutcomeTable } from '../../evidence/outcome-table.ts'
import { parseOutcomeLine, showWhere, type Where } from '../../evidence/outcome.ts'
import { RowProblems } from '../read/row-problems.ts'
import type { World } from '../world.ts'
import type { ImportedRow } from './importer.ts'
import { OutputFile } from './output-file.ts'
import { withPointers } from './source-rows.ts'

/** What came of an import. Every row that was read is in one of these counts. */
export type ImportCounts = {
  readonly rows: number
  readonly items: number
  readonly outcomes: number
  /** Outcomes of failed calls, and outcomes in which no answer was found; both score 0 and are kept. */
  readonly errors: number
  readonly unparsed: number
  /** Rows that were wrong; 0 unless wrong rows may be skipped. */
  readonly wrong: number
  readonly skipped: readonly { readonly reason: string; readonly rows: number }[]
  /** Items that other rows gave again with another prompt or gold; the first stays. */
  readonly differing: number
  readonly tasks: readonly string[]
  readonly models: readonly string[]
}

export type WriterOptions = { readonly out: string; readonly force: boolean; readonly skipWrong: boolean }

/**
 * Writes `items.jsonl` and `outcomes.jsonl`. Each line is read back by the parser that every later command uses before it
 * is written, so that nothing is written that they would refuse.
 */
export class EvidenceWriter {
  readonly #world: World
  readonly #skipWrong: boolean
  readonly #items: OutputFile
  readonly #outcomes: OutputFile
  readonly #problems = new RowProblems()
  readonly #table = createOutcomeTable()
  readonly #seenItems = new Map<string, SeenItem>()
  readonly #skipped = new Map<string, number>()
  readonly #tasks = new Set<string>()
  readonly #models = new Set<string>()
  readonly #counts = { rows: 0, items: 0, outcomes: 0, errors: 0, unparsed: 0, wrong: 0, differing: 0 }

  constructor({ out, force, skipWrong }: WriterOptions, world: World) {
    this.#world = world
    this.#skipWrong = skipWrong
    this.#items = new OutputFile(join(out, 'items.jsonl'), world, force)
    this.#outcomes = new OutputFile(join(out, 'outcomes.jsonl'), world, force)
  }

  async add(row: ImportedRow): Promise<void> {
    this.#counts.rows += 1
    if (row.kind === 'skipped') {
      this.#skipped.set(row.reason, (this.#skipped.get(row.reason) ?? 0) + 1)
      return
    }
    const problem = row.kind === 'wrong' ? `${showWhere(row.where)}: ${row.fault}` : await this.#write(row)
    if (problem !== undefined) this.#note(withPointers(problem))
  }

  /**
   * Moves both files to their places.
   *
   * @returns their names
   * @throws MusivumError `request.invalid`: rows were wrong and may not be skipped, or there was nothing to write
   */
  async keep(): Promise<readonly string[]> {
    if (!this.#skipWrong) this.#problems.refuse(this.#counts.rows, this.#world)
    const begun = [this.#items, this.#outcomes].filter((file) => file.begun)
    // Both are on the disk before one of them is in its place: a disk that fills up in between leaves neither.
    for (const file of begun) await file.finish()
    for (const file of begun) await file.move()
    return begun.map(({ name }) => name)
  }

  async discard(): Promise<void> {
    await Promise.all([this.#items.discard(), this.#outcomes.discard()])
  }

  counts(): ImportCounts {
    const skipped = Array.from(this.#skipped, ([reason, rows]) => ({ reason, rows }))
    return { ...this.#counts, skipped, tasks: [...this.#tasks], models: [...this.#models] }
  }

  /** One row, or the first thing that is wrong with it. A wrong outcome leaves the item beside it right. */
  async #write(row: ImportedRow & { readonly kind: 'read' }): Promise<string | undefined> {
    const { where, item, outcomes = [] } = row
    const problem = item === undefined ? undefined : await this.#writeItem(item, where, outcomes.length > 0)
    if (problem !== undefined) return problem
    for (const outcome of outcomes) {
      const fault = await this.#writeOutcome(outcome, where)
      if (fault !== undefined) return fault
    }
    return undefined
  }

  async #writeItem(row: JsonObject, where: Where, byTheWay: boolean): Promise<string | undefined> {
    const line = JSON.stringify(row)
    const parsed = parseItemLine(line, where)
    if (parsed.kind !== 'item') return parsed.kind === 'problem' ? parsed.problem : undefined
    if (line.length > MAX_LINE_CHARS) return `${showWhere(where)}: ${TOO_LONG}`
    const { task, item } = parsed.item
    const key = JSON.stringify([task, item])
    const digest = createHash('sha256').update(line).digest('base64')
    const seen = this.#seenItems.get(key)
    if (seen !== undefined && (byTheWay || seen.byTheWay)) return this.#seenAgain(seen, digest)
    if (seen !== undefined)
      return `${showWhere(where)}: item "${item}" of task "${task}" was already given at ${showWhere(seen.where)}; expected one row per item`
    this.#seenItems.set(key, { where, digest, byTheWay })
    this.#tasks.add(task)
    this.#counts.items += 1
    await this.#items.line(line)
    return undefined
  }

  /** Each model's run repeats the item, some with a prompt of its own, such as a chat template. */
  #seenAgain(seen: SeenItem, digest: string): undefined {
    if (seen.digest !== digest) this.#counts.differing += 1
  }

  async #writeOutcome(row: JsonObject, where: Where): Promise<string | undefined> {
    const line = JSON.stringify(row)
    const parsed = parseOutcomeLine(line, where)
    if (parsed.kind !== 'outcome') return parsed.kind === 'problem' ? parsed.problem : undefined
    if (line.length > MAX_LINE_CHARS) return `${showWhere(where)}: ${TOO_LONG}`
    const { outcome } = parsed
    const problem = this.#table.add(outcome, where)
    if (problem !== undefined) return problem
    this.#tasks.add(outcome.task)
    this.#models.add(outcome.model)
    this.#counts.outcomes += 1
    if (outcome.error !== undefined) this.#counts.errors += 1
    else if (outcome.answer === '') this.#counts.unparsed += 1
    await this.#outcomes.line(line)
    return undefined
  }

  #note(problem: string): void {
    this.#counts.wrong += 1
    if (!this.#skipWrong) this.#problems.add(problem)
    else if (this.#counts.wrong <= MAX_SHOWN) this.#world.note(problem, 'yellow')
  }
}

type SeenItem = { readonly where: Where; readonly digest: string; readonly byTheWay: boolean }

/** A file with a million wrong rows must not scroll the reason away. */
const MAX_SHOWN = 5

/** What the reader of our own lines takes is 4 MiB; a character is at most three bytes there. */
const MAX_LINE_CHARS = Math.floor((4 * 1024 * 1024) / 3)
const TOO_LONG = `the row is longer than ${MAX_LINE_CHARS} characters; expected less`
