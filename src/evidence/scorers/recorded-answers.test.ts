import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../core/json.ts'
import { parseItemLine, type Item } from '../item.ts'
import { parseOutcomeLine, type Outcome } from '../outcome.ts'
import { itemWith, openPure, scoreNow } from './scorer.conformance.ts'

/** Public outcome tables are too large for the repository; where they are kept is a matter of the machine. */
const FOLDER = process.env['MUSIVUM_TABLES'] ?? new URL('../../../../shared/data', import.meta.url).pathname
const STARTER = new URL('../../../models/starter', import.meta.url).pathname
const absent = (folder: string): boolean => !existsSync(`${FOLDER}/${folder}`)
const REASON = 'the outcome tables are not on this machine (MUSIVUM_TABLES names their folder)'

function rows(path: string): readonly JsonObject[] {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonObject)
}

function items(path: string): readonly Item[] {
  return rows(path).map((row, index) => {
    // MIRAGE writes its options as {"A": …}; an importer makes a list of them.
    const { options } = row
    const listed =
      options === undefined ? row : { ...row, options: Object.values(options as Record<string, Json>) }
    const parsed = parseItemLine(JSON.stringify(listed), { file: path, line: index + 1 })
    if (parsed.kind !== 'item') throw new TypeError(`line ${index + 1} is no item`)
    return parsed.item
  })
}

function outcomes(path: string): readonly Outcome[] {
  return rows(path).map((row, index) => {
    const parsed = parseOutcomeLine(JSON.stringify(row), { file: path, line: index + 1 })
    if (parsed.kind !== 'outcome') throw new TypeError(`line ${index + 1} is no outcome`)
    return parsed.outcome
  })
}

/** Scores every recorded answer anew: how many scores come out as recorded, and how many answers are none. */
function rescored(name: string, settings: JsonObject, of: readonly Item[], recorded: readonly Outcome[]) {
  const scorer = openPure(name, settings)
  const byName = new Map(of.map((item) => [`${item.task} ${item.item}`, item]))
  const counts = {
    faults: of.filter((item) => scorer.fault(item) !== undefined).length,
    rows: 0,
    same: 0,
    unparsed: 0,
  }
  for (const { task, item: itemName, answer = '', score } of recorded) {
    const item = byName.get(`${task} ${itemName}`)
    if (item === undefined) continue
    const given = scoreNow(scorer, item, answer)
    counts.rows += 1
    if (given.kind === 'unparsed') counts.unparsed += 1
    if ((given.kind === 'scored' ? given.score : 0) === score) counts.same += 1
  }
  return counts
}

describe('public tables', () => {
  test('number gives every recorded GSM8K answer its recorded score; the unparsed are the empty ones', ({
    skip,
  }) => {
    skip(absent('zeroeval-gsm'), REASON)
    const recorded = outcomes(`${FOLDER}/zeroeval-gsm/outcomes.jsonl.gz`)
    expect(
      rescored('number', { take: 'first' }, items(`${FOLDER}/zeroeval-gsm/items.jsonl`), recorded),
    ).toEqual({
      faults: 0,
      rows: 29_452,
      same: 29_452,
      unparsed: recorded.filter(({ answer }) => answer === '').length,
    })
  })

  test('choice gives every recorded MMLU-Pro letter its recorded score', ({ skip }) => {
    skip(absent('mmlu-pro'), REASON)
    const folder = `${FOLDER}/mmlu-pro`
    const recorded = [
      ...outcomes(`${folder}/outcomes.jsonl.gz`),
      ...outcomes(`${folder}/outcomes-gemini.jsonl`),
    ]
    const all = items(`${folder}/items.jsonl.gz`)
    const options = new Map(all.map((item) => [item.item, item.options?.length ?? 0]))
    // Models that saw nine options and answered J: a letter, and no option of the item.
    const isOption = ({ item, answer = '' }: Outcome): boolean =>
      answer !== '' && answer.charCodeAt(0) - 'A'.charCodeAt(0) < (options.get(item) ?? 0)
    expect(rescored('choice', {}, all, recorded)).toEqual({
      faults: 0,
      rows: 90_166,
      same: 90_166,
      unparsed: recorded.filter((outcome) => !isOption(outcome)).length,
    })
  })

  test('choice gives every recorded exam letter of MIRAGE its recorded score', ({ skip }) => {
    skip(absent('mirage-exams'), REASON)
    const recorded = outcomes(`${FOLDER}/mirage-exams/outcomes.jsonl.gz`)
    expect(rescored('choice', {}, items(`${FOLDER}/mirage-exams/items.jsonl.gz`), recorded)).toEqual({
      faults: 0,
      rows: 26_180,
      same: 26_180,
      unparsed: recorded.filter(({ answer }) => answer === '').length,
    })
  })
})

describe('the starter family', () => {
  const all = rows(`${STARTER}/eval.jsonl`).map((row) =>
    itemWith(row['expected'], { task: row['task'] as string, item: row['id'] as string }),
  )
  const recorded = outcomes(`${STARTER}/outcomes.jsonl`)
  const of = (task: string): readonly Item[] => all.filter((item) => item.task === task)
  const QUEUES = ['appointments', 'billing', 'pharmacy', 'laboratory', 'records', 'technical']

  test('exact gives all 6,000 answers their recorded scores', () => {
    expect(rescored('exact', {}, all, recorded)).toMatchObject({ faults: 0, rows: 6000, same: 6000 })
  })

  test('number, json and choice agree with it on the tasks whose answers have such a form', () => {
    expect(rescored('number', {}, of('add'), recorded)).toMatchObject({ faults: 0, rows: 1000, same: 1000 })
    expect(rescored('json', { score: 'all', extra: 'count' }, of('extract'), recorded)).toMatchObject({
      faults: 0,
      rows: 1000,
      same: 1000,
    })
    const triage = of('triage').map((item) => ({ ...item, options: QUEUES }))
    expect(rescored('choice', {}, triage, recorded)).toMatchObject({ faults: 0, rows: 1200, same: 1200 })
  })
})
