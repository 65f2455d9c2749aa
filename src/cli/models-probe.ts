import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { resolve } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { invalid } from '../core/errors.ts'
import { fromUsd } from '../core/money.ts'
import { askAll, type ProbeAnswer, type ProbeSampling } from '../evaluation/probes/ask-all.ts'
import { expectedCost } from '../evaluation/run/expected-cost.ts'
import { keptAsk, type KeptAsk } from '../evaluation/run/kept-ask.ts'
import { patientAsk } from '../evaluation/run/patient-ask.ts'
import type { RunModel } from '../evaluation/run/run-model.ts'
import { openSpending, type Spending } from '../evaluation/run/spending.ts'
import { systemClock, systemRandom } from '../gateway/system-ports.ts'
import { openEvidenceStore } from '../store/evidence/open-evidence-store.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { ensureEngine } from './ensure-engine.ts'
import { configOption, gatewaySettings, homeOption } from './gateway-settings.ts'
import { batteryOf, type Battery } from './models-probe-battery.ts'
import { estimateLine, reportText, type ProbePlan, type ProbeReport } from './models-probe-text.ts'
import { hasSwitch, numberOption, requiredText, textOption, wholeNumberOption } from './parse-arguments.ts'
import { openPipeline, type Pipeline } from './pipeline-ask.ts'
import { dollars } from './run-words.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsProbe: Command = {
  name: 'models probe',
  summary: 'Ask a model a fixed battery and say how it treats languages, or people.',
  operand: 'bias|languages',
  options: [
    { name: 'model', value: 'NAME', about: 'The model that is asked, through the pipeline of the gateway.' },
    {
      name: 'attributes',
      value: 'A,B',
      about: 'Of bias: gender, religion, caste, nationality, age, disability; all unless given.',
    },
    {
      name: 'pairs',
      value: 'N',
      about: 'Of bias: at most so many pairs for each attribute, drawn by the seed.',
    },
    {
      name: 'margin',
      value: 'M',
      about: 'Of bias: a difference this small counts as alike; 0.05 unless given.',
    },
    { name: 'languages', value: 'A,B', about: 'Of languages: en, hi, mr, ar; all unless given.' },
    { name: 'confidence', value: 'C', about: 'Of intervals and verdicts; 0.95 unless given.' },
    { name: 'seed', value: 'N', about: 'Of the draw and of the answers; 1 unless given.' },
    {
      name: 'max-tokens',
      value: 'N',
      about: 'Of one answer; 64 for bias and 200 for languages unless given. Models that reason need more.',
    },
    { name: 'concurrency', value: 'N', about: 'Calls at a time; 4 unless given.' },
    { name: 'answers', value: 'FILE', about: 'Write every question with its answer, one JSON line each.' },
    { name: 'dry-run', about: 'Say how many calls and what they may cost; ask nothing.' },
    { name: 'max-cost', value: 'USD', about: 'Stop before the calls of this command cost more than this.' },
    { name: 'yes', about: 'Spend what is estimated without being asked.' },
    configOption,
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum models probe languages --model starter-l', about: 'English, Hindi, Marathi, Arabic' },
    {
      line: 'musivum models probe bias --model qwen --attributes caste,religion',
      about: 'pairs of prompts that differ in one attribute',
    },
    { line: 'musivum models probe bias --model gpt-5-mini --dry-run', about: 'what would it cost?' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const name = requiredText(modelsProbe, args, 'model')
  const battery = batteryOf(args)
  const settings = gatewaySettings(args, terminal)
  const maxCostUsd = numberOption(args, 'max-cost', 0, 9_000_000)
  const concurrency = wholeNumberOption(args, 'concurrency', 1, 256) ?? 4
  await using closing = new AsyncDisposableStack()
  const pipeline = openPipeline(settings, terminal)
  closing.defer(() => pipeline.close())
  const model = await pipeline.findModel(name)
  const most = mostCost(model, battery)
  const plan = { model: model.name, probe: battery.probe, calls: battery.questions.length, most_cost: most }
  if (hasSwitch(args, 'dry-run')) {
    writeReport(args, terminal, { json: () => dryRunDocument(plan), text: () => estimateLine(plan) })
    return EXIT.ok
  }
  checkMoney(args, plan, terminal)
  if (await pipeline.usesEngine([name])) await ensureEngine({ home: settings.home, install: true }, terminal)
  const store = openEvidenceStore({ home: settings.home, clock: systemClock })
  closing.defer(() => store.close())
  const spending = openSpending(maxCostUsd === undefined ? undefined : fromUsd(maxCostUsd))
  const ask = keptAsk(store, askWith(pipeline, spending, concurrency), { fresh: false })
  terminal.note(estimateLine(plan), 'dim')
  const answers = await answersOf(battery, { model, ask, concurrency }, terminal)
  await saveAnswers(args, battery, answers, terminal)
  const report = await reportOf(battery, model, answers, { terminal, spending })
  writeReport(args, terminal, { json: () => report, text: () => reportText(report) })
  return EXIT.ok
}

function dryRunDocument({ model, probe, calls, most_cost }: ProbePlan) {
  return { probe, model, calls, most_cost_usd: most_cost === null ? null : most_cost / 1e9 }
}

/** Before anything is answered, what is set aside for a call is the price of its prompt and of a full answer. */
function mostCost(model: RunModel, { questions, sampling }: Battery): number | null {
  if (model.price.kind === 'unpriced') return null
  const { reserve } = expectedCost(model.price)
  return questions.reduce((sum, { prompt }) => sum + reserve(callOf(model, prompt, sampling)), 0)
}

function callOf({ name: model }: RunModel, content: string, { maxTokens }: ProbeSampling) {
  return { model, messages: [{ role: 'user', content }] as const, maxTokens }
}

/** As for `evidence run`: who looks at a terminal has not yet said how much this may cost. */
function checkMoney(args: Arguments, { calls, most_cost }: ProbePlan, terminal: Terminal): void {
  const limited = textOption(args, 'max-cost') !== undefined
  if (limited && most_cost === null)
    throw invalid('--max-cost cannot be kept, because the model has no price in the configuration')
  if (limited || hasSwitch(args, 'yes') || !terminal.interactive || most_cost === 0) return
  const cost =
    most_cost === null
      ? 'an amount nobody knows, because the model has no price'
      : `at most about ${dollars(most_cost)}`
  throw invalid(`${calls} calls would cost ${cost}; say --yes, or set a ceiling with --max-cost USD`)
}

// An answer of the largest local models takes a minute on a small machine.
const TIMEOUT_MS = 5 * 60_000
const ATTEMPTS = 4

function askWith({ ask }: Pipeline, spending: Spending, concurrency: number) {
  const bytes = systemRandom()
  const limits = {
    concurrency,
    concurrencyPerModel: concurrency,
    requestsPerMinute: undefined,
    attempts: ATTEMPTS,
    timeoutMs: TIMEOUT_MS,
  }
  const ports = {
    clock: systemClock,
    random: () => (bytes.bytes(1)[0] ?? 0) / 256,
    pause: (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }),
  }
  return patientAsk({ ask, limits, spending, ports })
}

type Asking = { readonly model: RunModel; readonly ask: KeptAsk; readonly concurrency: number }

async function answersOf(
  { questions, sampling }: Battery,
  asking: Asking,
  { signal, progress }: Terminal,
): Promise<readonly ProbeAnswer[]> {
  // Every call under way listens for Ctrl-C; Node takes more than ten for a leak.
  setMaxListeners(0, signal)
  const onProgress = (done: number): void => progress?.(`${done} of ${questions.length} answered`)
  try {
    return await askAll(questions, { ...asking, sampling, signal, onProgress })
  } finally {
    progress?.('')
  }
}

async function saveAnswers(
  args: Arguments,
  { questions, label }: Battery,
  answers: readonly ProbeAnswer[],
  { cwd }: Terminal,
): Promise<void> {
  const file = textOption(args, 'answers')
  if (file === undefined) return
  const lines = questions.map(({ prompt }, place) => {
    const answer = answers[place]
    const said =
      answer?.kind === 'answered' ? { answer: answer.text } : { error: answer?.code ?? 'not asked' }
    return `${JSON.stringify({ ...label(place), prompt, ...said })}\n`
  })
  try {
    await writeFile(resolve(cwd, file), lines.join(''))
  } catch (cause) {
    throw invalid(
      `--answers ${file}: cannot be written: ${(cause as NodeJS.ErrnoException).code ?? 'unknown'}`,
    )
  }
}

async function reportOf(
  battery: Battery,
  model: RunModel,
  answers: readonly ProbeAnswer[],
  { terminal, spending }: { readonly terminal: Terminal; readonly spending: Spending },
): Promise<ProbeReport> {
  const cached = answers.filter((answer) => answer.kind === 'answered' && answer.cached).length
  return {
    model: model.name,
    identity: model.identity,
    toy: model.toy,
    ...(await battery.report(answers, terminal.signal)),
    sampling: { temperature: 0, max_tokens: battery.sampling.maxTokens, seed: battery.sampling.seed },
    calls: answers.length,
    answered_before: cached,
    cost_usd: spending.spent() / 1e9,
  }
}
