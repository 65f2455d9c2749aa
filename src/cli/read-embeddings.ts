import { isJsonArray, type Json } from '../core/json.ts'
import { parseRow } from '../evaluation/read/parse-row.ts'
import { readJsonl } from '../evaluation/read/read-jsonl.ts'
import { RowProblems } from '../evaluation/read/row-problems.ts'
import type { World } from '../evaluation/world.ts'
import { showWhere, type Where } from '../evidence/outcome.ts'

/** Embeddings by task and item. A row that names no task is of the item in every task. */
export type Embeddings = { readonly find: (task: string, item: string) => Float32Array | undefined }

/**
 * Embeddings from lines `{"item","embedding":[…],"task"?}`, all of one length, of the items that `wanted` asks for.
 *
 * @throws MusivumError `request.invalid`: wrong or repeated rows, each named with file and line
 */
export async function readEmbeddings(
  files: readonly string[],
  wanted: (item: string) => boolean,
  world: World,
): Promise<Embeddings> {
  const vectors = new Map<string, Float32Array>()
  const problems = new RowProblems()
  let [rows, length] = [0, 0]
  for (const file of files) {
    await readJsonl(file, world, (text, where) => {
      if (text.trim() === '') return
      rows += 1
      const row = readRow(text, where, length)
      if (row.kind === 'problem') return problems.add(row.problem)
      length = row.vector.length
      const key = keyOf(row.task, row.item)
      if (vectors.has(key))
        return problems.add(`${showWhere(where)}: item "${row.item}" was given before; ${ONCE}`)
      if (wanted(row.item)) vectors.set(key, row.vector)
    })
  }
  problems.refuse(rows, world)
  return { find: (task, item) => vectors.get(keyOf(task, item)) ?? vectors.get(keyOf(undefined, item)) }
}

const ONCE = 'expected one embedding per item'

/** The longest in use have 4,096 numbers; a line beyond is something else. */
const MAX_NUMBERS = 65_536

type Row =
  | {
      readonly kind: 'vector'
      readonly task: string | undefined
      readonly item: string
      readonly vector: Float32Array
    }
  | { readonly kind: 'problem'; readonly problem: string }

function readRow(text: string, where: Where, length: number): Row {
  const problem = (fault: string): Row => ({ kind: 'problem', problem: `${showWhere(where)}: ${fault}` })
  const row = parseRow(text)
  if (row === undefined)
    return problem('the line is cut off or not JSON, which has no NaN; expected {"item","embedding":[…]}')
  const { item, embedding } = row
  const task = row['task'] ?? undefined
  if (typeof item !== 'string' || item === '')
    return problem('"item" is missing; expected the name of an item')
  if (task !== undefined && typeof task !== 'string') return problem('"task" is no text; expected a name')
  const vector = vectorOf(embedding)
  if (typeof vector === 'string') return problem(vector)
  if (length !== 0 && vector.length !== length)
    return problem(`"embedding" has ${vector.length} numbers and those before ${length}; expected one length`)
  return { kind: 'vector', task, item, vector }
}

function vectorOf(value: Json | undefined): Float32Array | string {
  if (!isJsonArray(value) || value.length === 0 || value.length > MAX_NUMBERS)
    return `"embedding" is no list of 1 to ${MAX_NUMBERS} numbers`
  const wrong = value.findIndex((each) => typeof each !== 'number' || !Number.isFinite(Math.fround(each)))
  return wrong === -1
    ? Float32Array.from(value as readonly number[])
    : `"embedding"[${wrong}] is no finite number of 32 bits`
}

function keyOf(task: string | undefined, item: string): string {
  return JSON.stringify([task ?? null, item])
}
