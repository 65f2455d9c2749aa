import { execFile } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readItems } from '../read/read-items.ts'
import { readOutcomes } from '../read/read-outcomes.ts'
import { importEvidence } from './import-evidence.ts'
import { FIXTURES, importFrom, type ImportRun } from './import-run.conformance.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-evidence-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const out = () => join(folder, 'out')

function save(name: string, ...rows: readonly unknown[]): string {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  const text = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n')
  writeFileSync(join(folder, name), `${text}\n`)
  return name
}

const outcome = (item: string, score: unknown = 1) => ({ task: 't', item, model: 'm', score })

function imported(paths: string | readonly string[], options = {}): Promise<ImportRun> {
  return importFrom(folder, out(), paths, options)
}

test('what is written is what every later command reads', async () => {
  const { summary } = await importFrom(FIXTURES, out(), ['inspect/log.json', 'mirage', 'musivum'])
  const world = { cwd: folder, signal: new AbortController().signal, note: () => undefined }
  const table = await readOutcomes([join(out(), 'outcomes.jsonl')], world)
  const items = await readItems([join(out(), 'items.jsonl')], () => true, world)
  expect([table.rows(), table.tasks()]).toEqual([summary.outcomes, ['woodcraft', 'bogs', 'ponds', 'tides']])
  expect(items.find('bogs', 'x1')).toMatchObject({ gold: 'A' })
})

describe('the format', () => {
  test('is asked for when the content fits two', async () => {
    const file = save('both.jsonl', { input: 'a', target: 'b', ideal: 'b' })
    await expect(imported(file)).rejects.toThrow(
      'both.jsonl: this may be openai-evals or inspect; --format NAME says which',
    )
    expect((await imported(file, { format: 'inspect' })).items).toEqual([
      { task: 'both', item: '1', prompt: 'a', gold: 'b' },
    ])
  })

  test('is asked for when the content fits none, and a misspelt one is put right', async () => {
    await expect(imported(save('x.jsonl', { a: 1 }))).rejects.toThrow(
      /^x\.jsonl: the format is not recognised; --format NAME says it \(musivum, promptfoo/,
    )
    await expect(imported('x.jsonl', { format: 'promtfoo' })).rejects.toThrow('did you mean promptfoo?')
  })

  test('of the files of a folder: those of none are named and left out', async () => {
    save('data/a.jsonl', outcome('1'))
    save('data/notes.md', 'words')
    save('data/other.json', { a: 1 })
    save('data/.hidden.jsonl', outcome('2'))
    const { summary } = await imported('data')
    const reason = 'it is of no format that can be imported'
    expect(summary.sources).toEqual([{ path: 'data/a.jsonl', format: 'musivum', rows: 1 }])
    expect(summary.leftOut).toEqual(['data/notes.md', 'data/other.json'].map((path) => ({ path, reason })))
  })
})

describe('wrong rows', () => {
  const rows = [
    outcome('1'),
    outcome('2', 7),
    '{"task":"t","item":"3","mod',
    outcome('1', 0),
    outcome('4', 0),
  ]

  test('refuse all, counted and named, and leave no file', async () => {
    const told = imported(save('rows.jsonl', ...rows))
    await expect(told).rejects.toThrow(/^3 of 5 rows are wrong.*First: rows\.jsonl:2: "score" is 7/)
    expect(readdirSync(out())).toEqual([])
  })

  test('are left out and counted with --skip-wrong; a duplicate names both lines', async () => {
    const { summary, outcomes, notes } = await imported(save('rows.jsonl', ...rows), { skipWrong: true })
    expect(outcomes.map(({ item }) => item)).toEqual(['1', '4'])
    expect(summary).toMatchObject({ rows: 5, outcomes: 2, wrong: 3 })
    expect(notes[1]).toBe('rows.jsonl:3: the line is cut off or not JSON; expected one {…} per row')
    expect(notes[2]).toMatch(/^rows\.jsonl:4: .* already given at rows\.jsonl:1 with another score/)
  })

  test('two items of one name are a duplicate too', async () => {
    const item = { task: 't', item: '1', prompt: 'p' }
    save('a.jsonl', item)
    save('b.jsonl', { ...item, item: '2' }, item)
    await expect(imported(['a.jsonl', 'b.jsonl'])).rejects.toThrow(
      'b.jsonl:2: item "1" of task "t" was already given at a.jsonl:1; expected one row per item',
    )
  })

  test('nothing of them is quoted', async () => {
    const secret = 'the patient in room 12'
    const text = imported(save('rows.jsonl', `{"task":"t","item":"1","prompt":"${secret}`))
    await expect(text).rejects.toThrow(/^the only row is wrong/)
    await expect(text).rejects.not.toThrow(secret)
  })

  test('a row that our own commands would find too long is refused here', async () => {
    const file = save('long.jsonl', { task: 't', item: '1', prompt: 'x'.repeat(1_500_000) })
    await expect(imported(file)).rejects.toThrow('long.jsonl:1: the row is longer than 1398101 characters')
  })
})

describe('the files that are written', () => {
  test('are not written over without --force, and then whole', async () => {
    const file = save('a.jsonl', outcome('1'))
    await imported(file)
    await expect(imported(file, { force: false })).rejects.toThrow(
      /outcomes\.jsonl: the file is there already; --force writes over it$/,
    )
    save('a.jsonl', outcome('2'))
    expect((await imported(file)).outcomes).toEqual([outcome('2')])
  })

  test('are only those that the source holds: items and outcomes of two imports share a folder', async () => {
    await imported(save('items.jsonl', { task: 't', item: '1', prompt: 'p' }), { force: false })
    const { summary } = await imported(save('a.jsonl', outcome('1')), { force: false })
    expect(summary.written.map((name) => name.split('/').at(-1))).toEqual(['outcomes.jsonl'])
    expect(readdirSync(out()).toSorted()).toEqual(['items.jsonl', 'outcomes.jsonl'])
  })

  test('are none when nothing was found', async () => {
    mkdirSync(join(folder, 'empty'))
    await expect(imported('empty')).rejects.toThrow('empty: no items and no outcomes were found')
    expect(existsSync(out())).toBe(false)
  })

  test('are none when the work is interrupted', async () => {
    save('a.jsonl', ...Array.from({ length: 5000 }, (_, item) => outcome(String(item))))
    const stop = new AbortController()
    const world = { cwd: folder, signal: stop.signal, note: () => undefined, progress: () => stop.abort() }
    const options = { paths: ['a.jsonl'], out: 'out', force: false, skipWrong: false }
    await expect(importEvidence(options, world)).rejects.toThrow(/aborted/)
    expect(readdirSync(out())).toEqual([])
  })

  test('are none when their folder is a file', async () => {
    save('out', 'a file')
    await expect(imported(save('a.jsonl', outcome('1')))).rejects.toThrow(
      /outcomes\.jsonl: the file cannot be written \(a part of the path is a file\)/,
    )
  })
})

describe('in a process of its own', () => {
  const script = `
    import { importEvidence } from ${JSON.stringify(new URL('./import-evidence.ts', import.meta.url).href)}
    const world = { cwd: process.argv[1], signal: new AbortController().signal, note: () => undefined }
    const options = { paths: [process.argv[2]], out: 'out', force: true, skipWrong: false }
    const summary = await importEvidence(options, world)
    console.log(JSON.stringify({ rows: summary.rows, mib: process.resourceUsage().maxRSS / 1024 }))`
  const run = promisify(execFile)

  test(
    'a document of 200,000 rows on one line is read in the memory of its names, not of its rows',
    { timeout: 240_000 },
    async () => {
      const file = join(folder, 'results.json')
      writeFileSync(file, '{"results":{"version":3,"results":[')
      const response = { output: 'word '.repeat(20) }
      for (let batch = 0; batch < 200; batch += 1) {
        const rows = Array.from({ length: 1000 }, (_, row) => {
          const vars = { q: `question ${batch * 1000 + row}` }
          return JSON.stringify({
            provider: 'p',
            score: 1,
            success: true,
            vars,
            response,
            unused: 'x'.repeat(100),
          })
        })
        appendFileSync(file, `${batch === 0 ? '' : ','}${rows.join(',')}`)
      }
      appendFileSync(file, ']},"config":{}}')
      // A heap that neither the text nor the rows would fit into.
      const flags = ['--max-old-space-size=256', '--input-type=module', '-e', script]
      const { stdout } = await run(process.execPath, [...flags, folder, 'results.json'])
      const { rows, mib } = JSON.parse(stdout) as { rows: number; mib: number }
      expect(rows).toBe(200_000)
      expect(mib).toBeLessThan(400)
    },
  )

  test('a disk that is full leaves nothing half written', async () => {
    const rows = Array.from({ length: 20_000 }, (_, item) => outcome(`item ${item}`))
    save('a.jsonl', ...rows)
    // A limit on the size of files fails a write as a full disk does; its unit is half a KiB.
    const limited = `ulimit -f 512; exec "$0" --input-type=module -e "$1" "$2" a.jsonl`
    const failed = run('sh', ['-c', limited, process.execPath, script, folder])
    await expect(failed).rejects.toThrow(/outcomes\.jsonl: the file cannot be written/)
    expect(readdirSync(out())).toEqual([])
  })
})

test('a draft of an earlier import that was killed is in nobody’s way', async () => {
  mkdirSync(out())
  writeFileSync(join(out(), 'outcomes.jsonl.deadbeef.part'), 'half')
  await imported(save('a.jsonl', outcome('1')), { force: false })
  expect(readFileSync(join(out(), 'outcomes.jsonl'), 'utf8')).toBe(`${JSON.stringify(outcome('1'))}\n`)
})
