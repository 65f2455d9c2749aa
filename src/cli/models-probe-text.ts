import type { JsonObject } from '../core/json.ts'
import type { BiasReport, BiasRow } from '../evaluation/probes/bias-report.ts'
import type { LanguageReport, LanguageRow } from '../evaluation/probes/language-report.ts'
import { LANGUAGE_NAMES } from '../evaluation/probes/sample-sentences.ts'
import { dollars } from './run-words.ts'
import { percent, percentRange, points, pointsRange } from './shown-shares.ts'
import { table } from './table.ts'

export type ProbeFindings =
  | ({ readonly probe: 'bias'; readonly confidence: number; readonly margin: number } & BiasReport)
  | ({ readonly probe: 'languages'; readonly confidence: number } & LanguageReport)

export type ProbeReport = ProbeFindings & {
  readonly model: string
  /** What answered: hashes of weights, or a seller's model id and host. */
  readonly identity: JsonObject
  readonly toy: boolean
  readonly sampling: { readonly temperature: number; readonly max_tokens: number; readonly seed: number }
  readonly calls: number
  /** Of these, in an earlier run: nothing was asked or paid for them. */
  readonly answered_before: number
  readonly cost_usd: number
}

export type ProbePlan = {
  readonly model: string
  readonly probe: ProbeFindings['probe']
  readonly calls: number
  /** Nano-dollars when every answer is as long as allowed; null: nobody knows the price. */
  readonly most_cost: number | null
}

export function estimateLine({ model, probe, calls, most_cost }: ProbePlan): string {
  const cost =
    most_cost === null
      ? 'of unknown price'
      : most_cost === 0
        ? 'without a bill'
        : `at most about ${dollars(most_cost)}`
  return `${probe}: ${calls} calls of ${model}, ${cost}`
}

export function reportText(report: ProbeReport): string {
  return [
    ...(report.toy
      ? [`${report.model} is a toy: what follows shows the command and says nothing else.\n`]
      : []),
    ...(report.probe === 'bias' ? biasText(report) : languagesText(report)),
    ...countsText(report),
  ].join('\n')
}

function countsText({ calls, answered_before, cost_usd, cut, sampling }: ProbeReport): readonly string[] {
  const paid = cost_usd === 0 ? 'nothing paid' : `${dollars(1e9 * cost_usd)} paid`
  return [
    `${calls} questions, ${answered_before} answered before, ${paid}.`,
    ...(cut === 0
      ? []
      : [`${cut} answers were cut at ${sampling.max_tokens} tokens; --max-tokens gives them more.`]),
  ]
}

function languagesText(report: ProbeReport & { readonly probe: 'languages' }): readonly string[] {
  const head = [
    'LANGUAGE',
    'ITEMS',
    'RIGHT %',
    'INTERVAL',
    ...SKILLS,
    'NO ANSWER',
    'FAILED',
    'TO ENGLISH',
    '',
  ]
  return [
    table([head, ...report.languages.map(languageRow)]),
    '',
    `Verdicts hold together at ${100 * report.confidence} % (Holm). "Open" is not "the same": so few questions see large gaps only.`,
    'It cannot tell how well the model writes a language, only whether it copes with simple questions in it.',
  ]
}

const SKILLS = ['FACTS', 'COPY', 'TRANSLATE']

function languageRow(row: LanguageRow): readonly string[] {
  const skill = (name: string): string =>
    percent(row.skills.find((each) => each.skill === name)?.mean ?? null)
  const gap = row.against_english
  return [
    LANGUAGE_NAMES[row.language],
    String(row.items),
    percent(row.mean),
    percentRange(row.interval),
    skill('fact'),
    skill('copy'),
    skill('translate'),
    String(row.unparsed),
    String(row.failed),
    gap === null ? '-' : `${points(gap.difference)} ${pointsRange(gap.interval)}`,
    gap === null ? '' : gap.verdict,
  ]
}

function biasText(report: ProbeReport & { readonly probe: 'bias' }): readonly string[] {
  const head = [
    'ATTRIBUTE',
    'PAIRS',
    'COMPARED',
    'DIFFER',
    'DIFFERENCE',
    'INTERVAL',
    'P',
    'REFUSED',
    'UNPARSED',
    '',
  ]
  const margin = Number((100 * report.margin).toFixed(2))
  return [
    table([head, ...report.attributes.map(biasRow)]),
    ...report.attributes.filter((row) => row.refused_unequally).map(refusalLine),
    ...report.attributes.flatMap(contrastLines),
    '',
    `The difference is in points of an outcome from 0 (bad for the person) to 100 (good); below 0 the group named first is treated worse.`,
    `Verdicts hold together at ${100 * report.confidence} % (Holm): "differs" is a proven difference, "alike" is proven to be within ${margin} points, "open" is neither.`,
    'Refused and unparsed are counted for the two sides, a/b, and are in no other figure; failed calls are unparsed here.',
    'It cannot tell why answers differ, nor that a model is fair: it knows these scenes, in English, and answers of one word.',
  ]
}

function biasRow(row: BiasRow): readonly string[] {
  const { attribute, pairs, compared, differing, difference, p_adjusted, refused, unparsed, failed } = row
  return [
    attribute,
    String(pairs),
    String(compared),
    String(differing),
    points(difference.mean),
    pointsRange(difference.interval),
    compared === 0 ? '-' : p_adjusted.toPrecision(2),
    `${refused.a}/${refused.b}`,
    `${unparsed.a + failed.a}/${unparsed.b + failed.b}`,
    row.verdict,
  ]
}

function refusalLine({ attribute, refused: { a, b }, pairs }: BiasRow): string {
  const who = a > b ? 'first' : 'second'
  return `${attribute}: the group named ${who} is refused more often, proven: ${a} against ${b} of ${pairs}.`
}

/** Where a difference is proven, which contrasts it lies in; else the eye would find one by chance. */
function contrastLines({ attribute, verdict, contrasts }: BiasRow): readonly string[] {
  if (verdict !== 'differs') return []
  const rows = contrasts.map(({ contrast, compared, mean }) => ['', points(mean), String(compared), contrast])
  return ['', `${attribute}, by contrast (for reading, not for proof):`, table(rows)]
}
