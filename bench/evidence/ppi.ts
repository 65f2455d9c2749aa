import { ppiMean } from '../../src/evidence/ppi.ts'
import { seededRandom, shuffledIndices } from '../../src/evidence/seeded-random.ts'
import { evidenceOptions, publishFigures, type Figure } from './lib/bars.ts'
import { readTable, requireTables } from './lib/tables.ts'

const HELP = `A hundred human labels and a biased judge on the rest: how often the interval of PPI++ holds the truth, and how wide it is
beside the interval of the labels alone. The judge calls an answer right when a stronger model gave the same.

  node bench/evidence/ppi.ts [--json] [--gate] [--quick]`

const LABELS = 100

const options = evidenceOptions(HELP)
requireTables('mirage-exams')
const replays = options.quick ? 50 : 400
const exams = await readTable('mirage-exams/outcomes.jsonl.gz')

publishFigures(
  {
    bench: 'ppi',
    figures: exams.tasks().flatMap(coverageOn),
  },
  options,
)

function coverageOn(task: string): readonly Figure[] {
  const view = exams.task(task)
  const [subject, judge] = [view.column('gpt-3.5-turbo-16k/rag32'), view.column('gpt-4-32k/cot')]
  const items = view.items.map((_, place) => ({
    human: subject.scores[place] ?? 0,
    judge: subject.answers?.[place] === judge.answers?.[place] ? 1 : 0,
  }))
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const truth = mean(items.map(({ human }) => human))
  let [covered, width, plainWidth] = [0, 0, 0]
  for (let replay = 0; replay < replays; replay += 1) {
    const drawn = Array.from(
      shuffledIndices(items.length, seededRandom(replay)),
      (place) => items[place] ?? { human: 0, judge: 0 },
    )
    const { interval, plain } = ppiMean(
      drawn.slice(0, LABELS),
      drawn.slice(LABELS).map((item) => item.judge),
    )
    if (interval !== null && interval[0] <= truth && truth <= interval[1]) covered += 1
    width += interval === null ? 1 : interval[1] - interval[0]
    plainWidth += plain.interval === null ? 1 : plain.interval[1] - plain.interval[0]
  }
  const bias = 100 * (mean(items.map((item) => item.judge)) - truth)
  return [
    {
      what: `${task}: PPI++ covers the truth, ${LABELS} labels, ${replays} replays`,
      figure: covered / replays,
      unit: 'share',
      atLeast: 0.92,
      beside: `the judge alone is ${bias.toFixed(1)} points off`,
    },
    {
      what: `${task}: width of the interval`,
      figure: width / replays,
      unit: 'wide',
      beside: `of the labels alone: ${(plainWidth / replays).toFixed(3)}`,
    },
  ]
}
