import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { evidenceReport } from './evidence-report.ts'
import { parseArguments } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

const STARTER = new URL('../../models/starter/outcomes.jsonl', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'musivum-evidence-report-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The command in this process, with a terminal that keeps what it is given. */
async function run(line: string): Promise<{ code: number; out: string; notes: readonly string[] }> {
  const [out, notes]: [string[], string[]] = [[], []]
  const terminal: Terminal = {
    env: {},
    cwd: folder,
    signal: new AbortController().signal,
    write: (text) => void out.push(text),
    note: (text) => void notes.push(text),
    interactive: false,
    input: { kind: 'other', read: () => Promise.resolve('') },
  }
  const code = await evidenceReport.run(parseArguments(evidenceReport, line.split(' ')), terminal)
  return { code, out: out.join(''), notes }
}

type Document = {
  readonly kind: string
  readonly version: number
  readonly tasks: readonly {
    readonly task: string
    readonly contenders: readonly {
      readonly name: string
      readonly sentence: string
      readonly reference_share: number
      readonly comparison: { readonly n: number; readonly candidate: { readonly mean: number } }
    }[]
  }[]
}

describe('evidence report', () => {
  test('one task of the starter family: the figures are those of a count by hand', async () => {
    const line = `--outcomes ${STARTER} --task redact --reference l --members s1,s2 --candidates s1 --json`
    const { code, out, notes } = await run(line)
    expect([code, notes]).toEqual([0, []])
    const document = JSON.parse(out) as Document
    const [task] = document.tasks
    expect([document.kind, document.version, task?.task]).toEqual(['musivum-report', 1, 'redact'])
    const counted = countCascade('redact')
    const cascade = task?.contenders.find(({ name }) => name === 's1 + s2, else l')
    expect(cascade?.comparison.n).toBe(counted.n)
    expect(cascade?.reference_share).toBeCloseTo(counted.escalated / counted.n, 12)
    expect(cascade?.comparison.candidate.mean).toBeCloseTo(counted.right / counted.n, 12)
  })

  test('on a terminal: a sentence per model and plan, the tables, and what was not computed', async () => {
    const { out } = await run(
      `--outcomes ${STARTER} --task triage --reference l --members s1,s2,s3 --by lang`,
    )
    expect(out).toMatch(/^In place of l, margin 2 points, 95 %; 8 comparisons read together \(Holm\)\n/)
    expect(out).toMatch(
      /→ s1 \+ s2 \+ s3, escalating 24 % to l: 95\.8 % against 93\.8 %\. Proven no worse than 2 points/,
    )
    expect(out).toMatch(/▼ s2 instead of l: 82\.5 % against 93\.8 %\. Proven worse by more than 2 points/)
    expect(out).toMatch(/MODEL +MEAN % +INTERVAL +ITEMS/)
    expect(out).toMatch(/MUST AGREE +MEAN % +ESCALATED %/)
    expect(out).toMatch(/LANG +ITEMS +REFERENCE/)
    expect(out).toMatch(/No frontier of cost was drawn/)
  })

  test('--html writes one whole page beside the words, named as it was typed', async () => {
    const { code, notes } = await run(`--outcomes ${STARTER} --task triage --reference l --html page.html`)
    expect([code, notes]).toEqual([0, ['wrote page.html']])
    expect(readFileSync(join(folder, 'page.html'), 'utf8')).toMatch(/^<!doctype html>.*<\/html>\n$/s)
  })

  test.each([
    ['--outcomes x.jsonl', /needs --reference MODEL/],
    ['--outcomes STARTER --reference l --members s1,l', /--members names "l", which is the reference/],
    [
      '--outcomes STARTER --reference l --candidates s1,,s2',
      /--candidates: expected names with a comma between/,
    ],
    ['--outcomes STARTER --reference l --members s1,s1', /--members names "s1" twice/],
    ['--outcomes STARTER --reference gpt', /the outcomes hold no model "gpt"/],
    ['--outcomes STARTER --reference l --margin 2', /--margin: expected a number from 0 to 1/],
    ['--outcomes bad.jsonl --reference l', /bad\.jsonl:1: "score" is 3; expected a number from 0 to 1/],
    ['--outcomes STARTER --reference l --html none/page.html', /the report cannot be written \(ENOENT\)/],
  ])('%s is refused in one line', async (line, says) => {
    writeFileSync(join(folder, 'bad.jsonl'), '{"task":"t","item":"i","model":"l","score":3}\n')
    await expect(run(line.replace('STARTER', STARTER))).rejects.toThrow(says)
  })
})

/** Two members that must agree, else l, counted from the rows themselves. */
function countCascade(wanted: string): { n: number; right: number; escalated: number } {
  const rows = readFileSync(STARTER, 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as { task: string; item: string; model: string; score: number; answer: string },
    )
    .filter(({ task }) => task === wanted)
  const at = (item: string, model: string) => rows.find((row) => row.item === item && row.model === model)
  const items = [...new Set(rows.map(({ item }) => item))]
  const played = items.map((item) => {
    const [a, b, l] = ['s1', 's2', 'l'].map((model) => at(item, model))
    const agree = a !== undefined && a.answer !== '' && normal(a.answer) === normal(b?.answer ?? '')
    return { escalated: agree ? 0 : 1, score: (agree ? a.score : l?.score) ?? 0 }
  })
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return {
    n: items.length,
    right: sum(played.map(({ score }) => score)),
    escalated: sum(played.map(({ escalated }) => escalated)),
  }
}

/** Enough of the normalisation for this task, whose answers are sentences. */
function normal(answer: string): string {
  return answer
    .normalize('NFKC')
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/[\s.]+$/, '')
    .toLowerCase()
}
