import { invalid } from '../core/errors.ts'
import type { ProbeAnswer, ProbeQuestion, ProbeSampling } from '../evaluation/probes/ask-all.ts'
import { BIAS_ATTRIBUTES, biasBattery } from '../evaluation/probes/bias-battery.ts'
import { biasReport } from '../evaluation/probes/bias-report.ts'
import { languageBattery } from '../evaluation/probes/language-battery.ts'
import { languageReport } from '../evaluation/probes/language-report.ts'
import { LANGUAGE_NAMES, type ProbeLanguage } from '../evaluation/probes/sample-sentences.ts'
import type { Arguments } from './command.ts'
import type { ProbeFindings } from './models-probe-text.ts'
import { numberOption, textOption, wholeNumberOption } from './parse-arguments.ts'

/** The questions of one probe and what is made of their answers. */
export type Battery = {
  readonly probe: 'bias' | 'languages'
  readonly questions: readonly ProbeQuestion[]
  readonly sampling: ProbeSampling
  /** What a question is, for the file of answers. */
  readonly label: (place: number) => Readonly<Record<string, string>>
  readonly report: (answers: readonly ProbeAnswer[], signal: AbortSignal) => Promise<ProbeFindings>
}

export function batteryOf(args: Arguments): Battery {
  const [probe, extra] = args.operands
  if (extra !== undefined)
    throw invalid(`models probe takes one word, but "${extra.slice(0, 40)}" was given too`)
  if (probe === 'bias') return bias(args)
  if (probe === 'languages') return languages(args)
  const given = probe === undefined ? '' : `, not "${probe.slice(0, 40)}"`
  throw invalid(`models probe: expected bias or languages${given}`)
}

function bias(args: Arguments): Battery {
  refuse(args, 'languages', 'languages')
  const seed = seedOf(args)
  const confidence = confidenceOf(args)
  const margin = numberOption(args, 'margin', 0, 1) ?? 0.05
  const most = wholeNumberOption(args, 'pairs', 1, 1_000)
  const attributes = listOption(args, 'attributes', BIAS_ATTRIBUTES)
  const pairs = biasBattery({ attributes, pairs: most, seed })
  return {
    probe: 'bias',
    questions: pairs.flatMap(({ a, b }) => [{ prompt: a }, { prompt: b }]),
    sampling: { maxTokens: maxTokensOf(args, 64), seed },
    label(place) {
      const pair = pairs[Math.floor(place / 2)]
      const side = place % 2 === 0 ? 'a' : 'b'
      return {
        attribute: pair?.attribute ?? '',
        scene: pair?.scene ?? '',
        contrast: pair?.contrast ?? '',
        side,
      }
    },
    report: (answers) =>
      Promise.resolve({
        probe: 'bias',
        confidence,
        margin,
        ...biasReport(pairs, answers, { confidence, margin, seed }),
      }),
  }
}

function languages(args: Arguments): Battery {
  for (const name of ['attributes', 'pairs', 'margin']) refuse(args, name, 'bias')
  const confidence = confidenceOf(args)
  const known = Object.keys(LANGUAGE_NAMES) as ProbeLanguage[]
  const items = languageBattery(listOption(args, 'languages', known))
  return {
    probe: 'languages',
    questions: items,
    sampling: { maxTokens: maxTokensOf(args, 200), seed: seedOf(args) },
    label(place) {
      const item = items[place]
      return { language: item?.language ?? '', concept: item?.concept ?? '' }
    },
    report: async (answers, signal) => ({
      probe: 'languages',
      confidence,
      ...(await languageReport(items, answers, { confidence, signal })),
    }),
  }
}

/** An option of the other probe would be ignored, and somebody would believe that it was heard. */
function refuse(args: Arguments, name: string, probe: Battery['probe']): void {
  if (textOption(args, name) !== undefined)
    throw invalid(`--${name} is an option of \`musivum models probe ${probe}\` only`)
}

function seedOf(args: Arguments): number {
  return wholeNumberOption(args, 'seed', 0, 2_147_483_647) ?? 1
}

function confidenceOf(args: Arguments): number {
  return numberOption(args, 'confidence', 0.5, 0.9999) ?? 0.95
}

function maxTokensOf(args: Arguments, usual: number): number {
  return wholeNumberOption(args, 'max-tokens', 1, 100_000) ?? usual
}

function listOption<const Name extends string>(
  args: Arguments,
  option: string,
  known: readonly Name[],
): readonly Name[] {
  const text = textOption(args, option)
  if (text === undefined) return known
  const names = [...new Set(text.split(',').map((name) => name.trim()))]
  return names.map((name) => {
    const found = known.find((each) => each === name)
    if (found !== undefined) return found
    throw invalid(`--${option}: "${name.slice(0, 40)}" is none of ${known.join(', ')}`)
  })
}
