import { mcNemarPValue } from '../../src/evidence/paired-tests.ts'
import { differencesOf, pairColumns } from '../../src/evidence/pairing.ts'
import { isShown, seePair, watchPairs } from '../../src/evidence/e-process.ts'
import { seededRandom, shuffledIndices } from '../../src/evidence/seeded-random.ts'
import { evidenceOptions, publishFigures, type Figure } from './lib/bars.ts'
import { readTable, requireTables } from './lib/tables.ts'

const HELP = `False alarms under no difference, looked at after every item: real pairs whose sides are drawn by lot, in random order. Beside
it what a p-value below 0.05 would have said to somebody who watches it.

  node bench/evidence/e-process.ts [--json] [--gate] [--quick]`

const options = evidenceOptions(HELP)
requireTables('zeroeval-gsm', 'mirage-exams')
const runs = options.quick ? 50 : 400
const gsm = await readTable('zeroeval-gsm/outcomes.jsonl.gz')
const exams = await readTable('mirage-exams/outcomes.jsonl.gz')

publishFigures(
  {
    bench: 'e-process',
    figures: [
      falseAlarms(
        'gsm8k, gemma-2-9b against gpt-4o',
        differencesOf(pairColumns(gsm.task('zeroeval-gsm'), 'gemma-2-9b-it', 'gpt-4o-2024-08-06')),
      ),
      falseAlarms(
        'medqa, gpt-3.5 with documents against gpt-4',
        differencesOf(pairColumns(exams.task('mirage-medqa'), 'gpt-3.5-turbo-16k/rag32', 'gpt-4-32k/cot')),
      ),
    ],
  },
  options,
)

function falseAlarms(pair: string, differences: Float64Array): Figure {
  const random = seededRandom(77)
  let [alarms, naive] = [0, 0]
  for (let run = 0; run < runs; run += 1) {
    let watched = watchPairs()
    const seen = { n10: 0, n01: 0 }
    let tempted = false
    for (const place of shuffledIndices(differences.length, random)) {
      const difference = (differences[place] ?? 0) * (random.unit() < 0.5 ? 1 : -1)
      watched = seePair(watched, Math.max(0, difference), Math.max(0, -difference))
      if (difference > 0) seen.n10 += 1
      if (difference < 0) seen.n01 += 1
      if (difference !== 0 && !tempted) tempted = mcNemarPValue(seen) < 0.05
    }
    if (isShown(watched)) alarms += 1
    if (tempted) naive += 1
  }
  return {
    what: `${pair}: false alarms in ${runs} runs, looked at after every item`,
    figure: (100 * alarms) / runs,
    unit: '%',
    atMost: 5,
    beside: `a p-value that is watched: ${((100 * naive) / runs).toFixed(1)} %`,
  }
}
