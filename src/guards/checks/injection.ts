import type { BlockKind, Finding, LocalCheck } from '../guard.ts'
import { encodedTexts } from './encoded-text.ts'
import { injectionPhrases } from './injection-phrases.ts'
import { structureFindings } from './injection-structure.ts'
import { phraseMatcher } from './phrase-matcher.ts'

/**
 * Signs of an attempt to give a model other orders: phrases in English, Hindi, Marathi and Arabic, markers of roles, text that is
 * hidden or encoded, pictures that carry data out. Their weights add up, each family once. The first line of a defence and no
 * more: whoever says it in other words is not seen. A classifier model sees more, and takes longer.
 *
 * The instructions of the application itself are not read unless the guard says so: they forbid what they name.
 */
export function injectionCheck(threshold = INJECTION_THRESHOLD): LocalCheck {
  return {
    kind: 'local',
    name: 'injection',
    window: 1024,
    threshold,
    skips: SKIPPED,
    open: () => injectionFindings,
  }
}

/** Chosen on fixtures/guards/injection.jsonl: the lowest at which at least 95 of 100 questions pass in every language. */
export const INJECTION_THRESHOLD = 0.8

const SKIPPED: ReadonlySet<BlockKind> = new Set(['system', 'tool'])

let phrases: ReturnType<typeof phraseMatcher> | undefined

export function injectionFindings(text: string): readonly Finding[] {
  const find = (phrases ??= phraseMatcher(injectionPhrases()))
  const said = strongest(find(text))
  return [...said, ...structureFindings(text), ...encodedFindings(text, find)].toSorted(
    (a, b) => a.start - b.start,
  )
}

/**
 * Sentences in base64 that say what nobody should say in the open: hiding it is the sign. All runs are read as one text, because a
 * long one is written in lines.
 */
function encodedFindings(text: string, find: ReturnType<typeof phraseMatcher>): readonly Finding[] {
  const runs = [...encodedTexts(text)]
  if (runs.length === 0) return []
  const orders = find(runs.map((run) => run.text).join('')).filter(({ weight }) => weight >= 0.6)
  const [first] = runs
  const last = runs.at(-1)
  if (orders.length === 0 || first === undefined || last === undefined) return []
  return [{ what: 'encoded-orders', start: first.start, end: last.end, weight: 1 }]
}

/** Of each family the strongest: a weaker form of the same sentence adds nothing. */
function strongest(findings: readonly Finding[]): readonly Finding[] {
  const best = new Map<string, Finding>()
  for (const finding of findings) {
    const known = best.get(finding.what)
    if (known === undefined || known.weight < finding.weight) best.set(finding.what, finding)
  }
  return [...best.values()]
}
