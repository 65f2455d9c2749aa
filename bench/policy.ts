import fc from 'fast-check'
import type { Model } from '../src/catalog/model.ts'
import { permit } from '../src/policy/permit.ts'
import { rulePolicy, type RulePolicy } from '../src/policy/rule-policy.ts'
import { parseRuleFile } from '../src/policy/rules/parse-rule-file.ts'
import { OBLIGATIONS } from '../src/policy/rules/rule.ts'
import { drawnCase, walk } from '../test/policy/forbidden-bytes.ts'
import { benchOptions, progress, publish } from './lib/report.ts'

const HELP = `What rules cost: one candidate judged by 20 and by 1,000 rules with reasons, and loading them; then random rules,
requests, models and failures on their way through permit(), decide() and the plan, with a count of forbidden models that
saw a byte. What is forbidden is worked out a second time by the CEL library's own evaluation.

  node bench/policy.ts [--quick] [--json] [--gate] [--runs 100000] [--seed 1]`

const CANDIDATES = 20
const ROUNDS = 1_000
const PASSES = 10
// What is drawn at a time is held in memory.
const CHUNK = 1_000

const CALLER = { kind: 'key', id: 'k', role: 'member', team: 'ward', clearances: ['phi'] } as const
const LABELS = {
  examined: true,
  kinds: ['contact', 'health'],
  entities: ['EMAIL_ADDRESS', 'MEDICAL_RECORD'],
  sensitivity: 4,
  names: 'covered',
  languages: ['hi', 'en'],
} as const
const CIRCUMSTANCES = { operation: 'chat', tokens: 2_000, tools: false, images: false } as const

const options = benchOptions(HELP, { runs: 100_000, seed: 1 })
const runs = options.quick ? Math.min(options.runs, 2_000) : options.runs

const few = measure(20, options.quick ? 100 : ROUNDS)
const many = measure(1_000, options.quick ? 10 : 100)
const leaks = countLeaks()

publish(
  {
    bench: 'policy',
    rows: [
      { what: '20 rules, one candidate, median', unit: 'µs', measured: few.median, bar: 5 },
      { what: '20 rules, one candidate, 99 of 100', unit: 'µs', measured: few.p99, bar: 25 },
      { what: '1,000 rules, one candidate, median', unit: 'µs', measured: many.median, bar: 250 },
      { what: '20 rules loaded for the first time', unit: 'ms', measured: few.loadMs, bar: 50 },
      { what: '1,000 rules loaded', unit: 'ms', measured: many.loadMs },
      { what: 'forbidden models that saw a byte', unit: '', measured: leaks.seen, bar: 0 },
      { what: 'allowed models that were kept away', unit: '', measured: leaks.keptAway, bar: 0 },
    ],
    notes: [
      `Each round judges ${CANDIDATES} candidates, as a request does; times are of whole rounds, divided.`,
      `Of ${PASSES} passes the best counts: what else the machine does can only add.`,
      'Loading is processor time of reading YAML, checking types and compiling; the first load also compiles the code that does it.',
      `${runs} random cases from seed ${options.seed}: in ${leaks.answered} a model saw the request, in ${leaks.fellBack} more than one, in ${leaks.forbidding} a rule kept one away.`,
    ],
  },
  options,
)

type Times = { readonly median: number; readonly p99: number; readonly loadMs: number }

/** Every third rule is a requirement, a ban over what was found, or one over the caller: none removes, so all are judged. */
function measure(count: number, rounds: number): Times {
  progress(`${count} rules`)
  const before = process.cpuUsage()
  const policy = load(count)
  const used = process.cpuUsage(before)
  const models = Array.from({ length: CANDIDATES }, (_, index) => model(index))
  const passes = Array.from({ length: PASSES }, () => pass(policy, models, rounds))
  const best = (at: number) =>
    Math.min(...passes.map((times) => times[Math.floor(times.length * at)] ?? Number.NaN))
  return { median: best(0.5), p99: best(0.99), loadMs: (used.user + used.system) / 1000 }
}

/** Microseconds for one candidate, of each round, sorted. */
function pass(policy: RulePolicy, models: readonly Model[], rounds: number): readonly number[] {
  return Array.from({ length: rounds }, () => {
    const startedMs = performance.now()
    const { permits } = permit(policy, CALLER, LABELS, models, 'r', CIRCUMSTANCES)
    const tookMs = performance.now() - startedMs
    if (permits.size !== CANDIDATES) throw new TypeError('a rule of the benchmark removed a candidate')
    return (tookMs * 1000) / CANDIDATES
  }).toSorted((a, b) => a - b)
}

function load(count: number): RulePolicy {
  const rules = Array.from({ length: count }, (_, index) => rule(index))
  const parsed = parseRuleFile(`rules:\n${rules.join('')}`, 'bench.yaml')
  if (parsed.kind === 'wrong') throw new TypeError(parsed.problems.join('\n'))
  return rulePolicy({ name: 'bench', fulfils: new Set(OBLIGATIONS), ...parsed.file })
}

function rule(index: number): string {
  const [effect, when] = [
    ['require', `model.region in ["eu", "eu-${index}"] || model.retention_days <= ${index}`],
    [
      'forbid',
      `!model.local && request.sensitivity >= 3 && "KIND_${index}" in request.kinds && request.languages.exists(l, l == "en")`,
    ],
    [
      'forbid',
      `principal.team == "team-${index}" && model.seller != "self" && request.tokens > ${1000 + index}`,
    ],
  ][index % 3] ?? ['forbid', 'false']
  return `  - id: rule-${index}\n    effect: ${effect}\n    when: '${when}'\n    reason: Rule ${index} says so.\n`
}

function model(index: number): Model {
  const baseUrl = index % 2 === 0 ? 'https://llm.example/v1' : 'http://10.0.0.1/v1'
  return {
    name: `model-${index}`,
    binding: { engine: 'openai', baseUrl, upstreamModel: 'm' },
    price: { kind: 'owned' },
    region: 'eu',
    toy: false,
    origin: 'config',
    facts: { seller: 'somebody', retentionDays: 30 },
  }
}

type Leaks = Record<'seen' | 'keptAway' | 'answered' | 'fellBack' | 'forbidding', number>

function countLeaks(): Leaks {
  const count: Leaks = { seen: 0, keptAway: 0, answered: 0, fellBack: 0, forbidding: 0 }
  for (let done = 0; done < runs; done += CHUNK) {
    progress(`${done} of ${runs} random cases`)
    const numRuns = Math.min(CHUNK, runs - done)
    for (const drawn of fc.sample(drawnCase, { seed: options.seed + done, numRuns })) {
      const { saw, forbidden, permitted } = walk(drawn)
      const asked = drawn.models[drawn.asked % drawn.models.length]?.name ?? ''
      count.seen += saw.filter((name) => forbidden.has(name)).length
      count.keptAway += permitted.has(asked) || forbidden.has(asked) ? 0 : 1
      count.answered += saw.length > 0 ? 1 : 0
      count.fellBack += saw.length > 1 ? 1 : 0
      count.forbidding += forbidden.size > 0 ? 1 : 0
    }
  }
  return count
}
