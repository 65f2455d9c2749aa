import { progress } from '../lib/report.ts'
import { evidenceOptions, publishFigures, type Figure } from './lib/bars.ts'
import { agreementPopulation, redraw, routerPopulation, type Population } from './lib/populations.ts'
import { readPrompts, readTable, readTask, requireTables } from './lib/tables.ts'

const HELP = `Certificates from samples of real tables, beside what is true of the whole table: how many of 200 are wrong, and what share
of the calls still goes to the strong model. A promise at δ may be broken in a share of δ, and a sample of 200 draws may show two
standard errors more.

  node bench/evidence/certificates.ts [--json] [--gate] [--quick]`

const options = evidenceOptions(HELP)
requireTables('zeroeval-gsm', 'mmlu-pro', 'mirage-exams', 'llmrouter')
const draws = options.quick ? 40 : 200

const gsm = await readTask('zeroeval-gsm/outcomes.jsonl.gz')
const mmlu = await readTask('mmlu-pro/outcomes.jsonl.gz', 'mmlu-pro/outcomes-gemini.jsonl')
const exams = await readTable('mirage-exams/outcomes.jsonl.gz')
const prompts = await readPrompts('mmlu-pro/items.jsonl.gz', 'llmrouter/items.jsonl')

const SMALL = ['gemma-2-9b-it', 'Qwen2-7B-Instruct', 'Meta-Llama-3.1-8B-Instruct']
const LARGE = [
  'Meta-Llama-3_1-70B-Instruct',
  'Meta-Llama-3-70B',
  'jamba-1.5-large',
  'Qwen1.5-110B',
  'Qwen1.5-72B-Chat',
]
const PRO = 'gemini-1.5-pro-002'

const largeVote = agreementPopulation(mmlu, LARGE, PRO)
const onePair = routerPopulation(mmlu, prompts, {
  weak: 'Meta-Llama-3_1-70B-Instruct',
  strong: PRO,
  labels: 1500,
})

/** Many values between 0 and 1; most of these prompts are empty, so that the router knows little but the category. */
const graded = routerPopulation(await readTask('llmrouter/outcomes.jsonl.gz'), prompts, {
  weak: 'llama-3.1-8b-instruct',
  strong: 'llama-3.1-nemotron-51b-instruct',
  labels: 1000,
})

publishFigures(
  {
    bench: 'certificates',
    figures: [
      ...inAll('gsm8k, three small -> gpt-4o', agreementPopulation(gsm, SMALL, 'gpt-4o-2024-08-06')),
      ...inAll('mmlu-pro, five large -> gemini-1.5-pro', largeVote),
      ...inAll('mmlu-pro, router on prompts, llama-3.1-70b -> gemini-1.5-pro', onePair),
      ...inAll(
        'medmcqa, gpt-3.5 twice -> gpt-4',
        agreementPopulation(
          exams.task('mirage-medmcqa'),
          ['gpt-3.5-turbo-16k/rag32', 'gpt-3.5-turbo-16k/cot'],
          'gpt-4-32k/rag32',
        ),
      ),
      ...inAll('llmrouter, graded scores, router on prompts, llama-3.1-8b -> nemotron-51b', graded),
      shareOf('mmlu-pro, five large -> gemini-1.5-pro', largeVote),
      shareOf('mmlu-pro, router on prompts, llama-3.1-70b -> gemini-1.5-pro', onePair),
    ],
  },
  options,
)

/** Every size, loss and risk on one table. */
function inAll(name: string, population: Population): readonly Figure[] {
  progress(name)
  const terms = [
    { pairs: 200, epsilon: 0.05, delta: 0.1 },
    { pairs: 500, epsilon: 0.02, delta: 0.1 },
    { pairs: 500, epsilon: 0.05, delta: 0.05 },
    { pairs: 1500, epsilon: 0.03, delta: 0.1 },
  ]
  return terms.map((each) => {
    const { wrong, strongShare } = redraw(population, { ...each, draws })
    return {
      what: `${name}, ${each.pairs} pairs, ε ${each.epsilon}, δ ${each.delta}: wrong`,
      figure: wrong,
      unit: 'share',
      atMost: allowed(each.delta),
      beside: `strong share ${strongShare.toFixed(2)}`,
    }
  })
}

function allowed(delta: number): number {
  return delta + 2 * Math.sqrt((delta * (1 - delta)) / draws)
}

function shareOf(name: string, population: Population): Figure {
  const { strongShare } = redraw(population, { pairs: 500, epsilon: 0.05, delta: 0.1, draws })
  return {
    what: `${name}, 500 pairs, ε 0.05, δ 0.1: strong share`,
    figure: strongShare,
    unit: 'share',
    atMost: 0.66,
  }
}
