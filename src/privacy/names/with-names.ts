import { fold } from '../recognise/fold.ts'
import { withoutOverlaps, type Candidate } from '../recognise/overlap.ts'
import type { Recognise, Span } from '../recognise/recognise.ts'
import { unfold } from '../recognise/unfold.ts'
import type { FindNames, NamePlace } from './find-names.ts'
import { NAME_SCORE, NAME_TRAITS } from './name-entities.ts'

/**
 * Both tiers at once. What a pattern found stays found: text that talks a model into calling a card number a name must not lower
 * a label. A name that reaches over such a find is cut around it, and what is left of it is still masked.
 */
export function withNames(recognise: Recognise, find: FindNames): Recognise {
  return (text) => {
    const patterns = recognise(text)
    const folded = fold(text)
    const names = find(folded.text).map((place) => nameSpan(place, unfold(text, folded, place)))
    return names.length === 0 ? patterns : joined(text, patterns, names)
  }
}

function nameSpan({ entity }: NamePlace, place: Pick<Span, 'start' | 'end'>): Span {
  return { entity, ...NAME_TRAITS[entity], ...place, score: NAME_SCORE }
}

function joined(text: string, patterns: readonly Span[], names: readonly Span[]): readonly Span[] {
  const all = [...patterns, ...names]
  const candidates = all.map((span, place) => candidateOf(span, place, place < patterns.length))
  const kept = withoutOverlaps(candidates).flatMap(({ place }) => all[place] ?? [])
  const taken = new Set(kept)
  for (const name of names) if (!taken.has(name)) kept.push(...restsOf(text, name, kept))
  return kept.sort((a, b) => a.start - b.start)
}

function candidateOf({ start, end, score }: Span, place: number, certain: boolean): Candidate {
  return { start, end, place, score, certain, verdict: null, specific: false, distance: Infinity }
}

/** What of a name lies outside of all that was kept. */
function restsOf(text: string, name: Span, kept: readonly Span[]): readonly Span[] {
  const inside = kept.filter(({ start, end }) => start < name.end && end > name.start)
  const rests: Span[] = []
  let from = name.start
  for (const { start, end } of inside.toSorted((a, b) => a.start - b.start)) {
    if (start > from) rests.push({ ...name, start: from, end: start })
    from = Math.max(from, end)
  }
  if (from < name.end) rests.push({ ...name, start: from })
  return rests.flatMap((rest) => trimmed(text, rest))
}

/** Without the signs at its ends; nothing where no letters are left. */
function trimmed(text: string, span: Span): readonly Span[] {
  const said = text.slice(span.start, span.end)
  const [, before = '', word = ''] = /^([^\p{L}\p{N}]*)(.*?)[^\p{L}\p{N}\p{M}]*$/su.exec(said) ?? []
  const start = span.start + before.length
  return /\p{L}\p{M}*\p{L}/u.test(word) ? [{ ...span, start, end: start + word.length }] : []
}
