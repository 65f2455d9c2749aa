import { compare } from '../../evidence/comparison.ts'
import { holm } from '../../evidence/holm.ts'
import type { Item } from '../../evidence/item.ts'
import { summarizeColumn, type Interval } from '../../evidence/one-column.ts'
import { pairScores } from '../../evidence/pairing.ts'
import { pureScorer } from '../../evidence/scorers/open-scorer.ts'
import type { ProbeAnswer } from './ask-all.ts'
import type { LanguageItem, LanguageSkill } from './language-battery.ts'
import type { ProbeLanguage } from './sample-sentences.ts'

export type LanguageReport = {
  readonly languages: readonly LanguageRow[]
  /** Answers in which no answer was found, which count as wrong, and calls that failed, which do too. */
  readonly unparsed: number
  readonly failed: number
  readonly cut: number
}

export type LanguageRow = {
  readonly language: ProbeLanguage
  readonly items: number
  readonly mean: number
  readonly interval: Interval | null
  readonly unparsed: number
  readonly failed: number
  readonly skills: readonly { readonly skill: LanguageSkill; readonly items: number; readonly mean: number }[]
  /** On the questions that both have; null for English itself and where it was not asked. */
  readonly against_english: LanguageGap | null
}

/** Language − English. */
export type LanguageGap = {
  readonly difference: number
  readonly interval: Interval | null
  /** McNemar's exact test, two-sided, and the same with Holm's correction over the languages of this report. */
  readonly p: number
  readonly p_adjusted: number
  /** `worse` and `better` are proven at the confidence; `open` is not "the same". */
  readonly verdict: 'worse' | 'better' | 'open'
}

type Scored = {
  readonly item: LanguageItem
  readonly score: number
  readonly kind: 'scored' | 'unparsed' | 'failed'
}

/** @param answers to the items, in their order */
export async function languageReport(
  items: readonly LanguageItem[],
  answers: readonly ProbeAnswer[],
  { confidence, signal }: { readonly confidence: number; readonly signal: AbortSignal },
): Promise<LanguageReport> {
  const scored: Scored[] = []
  for (const [place, item] of items.entries()) scored.push(await scoreOf(item, answers[place], signal))
  const languages = [...new Set(items.map(({ language }) => language))]
  const rows = languages.map((language) =>
    rowOf(
      scored.filter(({ item }) => item.language === language),
      language,
      confidence,
    ),
  )
  return {
    languages: withGaps(rows, scored, confidence),
    unparsed: count(scored, 'unparsed'),
    failed: count(scored, 'failed'),
    cut: answers.filter((answer) => answer.kind === 'answered' && answer.cut).length,
  }
}

async function scoreOf(
  item: LanguageItem,
  answer: ProbeAnswer | undefined,
  signal: AbortSignal,
): Promise<Scored> {
  if (answer?.kind !== 'answered') return { item, score: 0, kind: 'failed' }
  const { name, settings } = item.scorer
  const score = await pureScorer(name, settings)?.score(asItem(item), answer.text, signal)
  return score?.kind === 'scored'
    ? { item, score: score.score, kind: 'scored' }
    : { item, score: 0, kind: 'unparsed' }
}

export function asItem({ concept, language, prompt, gold }: LanguageItem): Item {
  return { task: 'languages', item: `${language} ${concept}`, prompt, gold: [...gold], lang: language }
}

function count(scored: readonly Scored[], kind: Scored['kind']): number {
  return scored.filter((each) => each.kind === kind).length
}

type Bare = Omit<LanguageRow, 'against_english'>

function rowOf(scored: readonly Scored[], language: ProbeLanguage, confidence: number): Bare {
  const { mean, interval } = summarizeColumn(
    scored.map(({ score }) => score),
    { confidence },
  )
  const skills = [...new Set(scored.map(({ item }) => item.skill))].map((skill) => {
    const own = scored.filter(({ item }) => item.skill === skill)
    return { skill, items: own.length, mean: own.reduce((sum, { score }) => sum + score, 0) / own.length }
  })
  return {
    language,
    items: scored.length,
    mean: mean ?? 0,
    interval,
    unparsed: count(scored, 'unparsed'),
    failed: count(scored, 'failed'),
    skills,
  }
}

function withGaps(
  rows: readonly Bare[],
  scored: readonly Scored[],
  confidence: number,
): readonly LanguageRow[] {
  const others = rows.filter(({ language }) => language !== 'en')
  const english = rows.some(({ language }) => language === 'en')
  const compared = english ? others.map(({ language }) => pairOf(scored, language, confidence)) : []
  const adjusted = holm(
    compared.map(({ p }) => p),
    1 - confidence,
  )
  return rows.map((row) => {
    const place = others.indexOf(row)
    const [gap, holms] = [compared[place], adjusted[place]]
    if (gap === undefined || holms === undefined) return { ...row, against_english: null }
    const side = gap.difference < 0 ? 'worse' : 'better'
    const verdict = holms.rejected ? side : 'open'
    return { ...row, against_english: { ...gap, p_adjusted: holms.adjusted, verdict } }
  })
}

function pairOf(
  scored: readonly Scored[],
  language: ProbeLanguage,
  confidence: number,
): Pick<LanguageGap, 'difference' | 'interval' | 'p'> {
  const english = new Map(
    scored
      .filter(({ item }) => item.language === 'en')
      .map((each) => [each.item.concept, each.score] as const),
  )
  const own = scored.filter(({ item }) => item.language === language && english.has(item.concept))
  const pairing = pairScores(
    'languages',
    { model: language, scores: own.map(({ score }) => score) },
    { model: 'en', scores: own.map(({ item }) => english.get(item.concept) ?? 0) },
  )
  const { difference, mcNemarP, signFlipP } = compare(pairing, { margin: 0, confidence })
  return { difference: difference.mean ?? 0, interval: difference.interval, p: mcNemarP ?? signFlipP ?? 1 }
}
