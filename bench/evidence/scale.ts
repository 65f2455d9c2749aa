import { startWorker } from '../lib/child.ts'
import { progress } from '../lib/report.ts'
import { evidenceOptions, publishFigures, type Figure } from './lib/bars.ts'
import type { ScaleJob, ScaleResult } from './scale-child.ts'

const HELP = `How large a table may be: 12,000 items of 29 models with all 406 pairs, a vote and a cascade curve, for right and wrong
answers and for graded ones; and five million rows read from a file. Each in a process of its own, whose peak memory counts.

  node bench/evidence/scale.ts [--json] [--gate] [--quick]`

const MB = 1e6
const FORMS = {
  models: '29 models on each item, two compared',
  pairs: 'two models on each item, compared',
  distinct: 'every row another item',
} as const

const options = evidenceOptions(HELP)
const rows = options.quick ? 200_000 : 5_000_000
const items = options.quick ? 1_000 : 12_000
const figures: Figure[] = []
for (const scores of ['binary', 'graded'] as const) figures.push(...(await allPairs(scores)))
for (const form of ['models', 'pairs', 'distinct'] as const) figures.push(...(await manyRows(form)))
publishFigures({ bench: 'scale', figures }, options)

async function allPairs(scores: 'binary' | 'graded'): Promise<readonly Figure[]> {
  const what = `${items} items of 29 models, ${scores}: 406 pairs, vote, cascade curve`
  progress(what)
  const { cpuSeconds, peakBytes } = await inChild({ kind: 'pairs', scores, items })
  return [
    { what, figure: cpuSeconds, unit: 's CPU', atMost: 5 },
    { what: `${what}: peak memory`, figure: peakBytes / MB, unit: 'MB', atMost: 500 },
  ]
}

async function manyRows(form: keyof typeof FORMS): Promise<readonly Figure[]> {
  const what = `${rows} rows read, ${FORMS[form]}`
  progress(what)
  const { cpuSeconds, peakBytes } = await inChild({ kind: 'rows', form, rows })
  return [
    {
      what: `${what}: peak memory`,
      figure: peakBytes / MB,
      unit: 'MB',
      atMost: 1000,
      beside: `${cpuSeconds.toFixed(0)} s CPU`,
    },
  ]
}

async function inChild(job: ScaleJob): Promise<ScaleResult> {
  await using worker = await startWorker<ScaleJob, ScaleResult>('evidence/scale-child.ts')
  return await worker.run(job)
}
