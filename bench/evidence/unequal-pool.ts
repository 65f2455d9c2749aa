import { combineRecorded } from '../../src/combine/recorded/combine-recorded.ts'
import type { TaskView } from '../../src/evidence/outcome-table.ts'
import { evidenceOptions, publishFigures, type Figure } from './lib/bars.ts'
import { readTask, requireTables } from './lib/tables.ts'

const HELP = `A plain vote over models of unequal quality must not be promoted: pools of every open model, and of the best one among
the worst.

  node bench/evidence/unequal-pool.ts [--json] [--gate]`

const options = evidenceOptions(HELP)
requireTables('zeroeval-gsm', 'mmlu-pro')
const gsm = await readTask('zeroeval-gsm/outcomes.jsonl.gz')
const mmlu = await readTask('mmlu-pro/outcomes.jsonl.gz')

publishFigures(
  {
    bench: 'unequal-pool',
    figures: [
      verdictOn(
        gsm,
        ['gemma-2-9b-it', 'gemma-2-2b-it', 'command-r', 'Mixtral-8x7B-Instruct-v0.1'],
        'one good of 9B among three weak',
      ),
      verdictOn(gsm, bestAmongWorst(gsm), 'the best among the four worst'),
      verdictOn(mmlu, mmlu.models, 'all thirteen open models'),
      verdictOn(mmlu, bestAmongWorst(mmlu), 'the best among the four worst'),
    ],
  },
  options,
)

function bestAmongWorst(view: TaskView): readonly string[] {
  const whole = view.models.filter((model) => view.column(model).samples.every((count) => count > 0))
  const mean = (model: string): number => view.column(model).scores.reduce((sum, score) => sum + score, 0)
  const sorted = whole.toSorted((a, b) => mean(b) - mean(a))
  return [...sorted.slice(0, 1), ...sorted.slice(-4)]
}

function verdictOn(view: TaskView, members: readonly string[], pool: string): Figure {
  const result = combineRecorded(view, { method: 'vote', members })
  if (result.kind !== 'result') throw new Error(result.problem)
  const { accuracy, bestSingle, promoted } = result
  return {
    what: `${view.task}, ${pool}: promoted`,
    figure: promoted ? 1 : 0,
    unit: 'times',
    atMost: 0,
    beside: `vote ${(100 * accuracy).toFixed(1)} %, ${bestSingle.model} alone ${(100 * bestSingle.accuracy).toFixed(1)} %`,
  }
}
