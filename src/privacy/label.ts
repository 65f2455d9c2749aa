import type { Conversation, EmbeddingRequest, RerankRequest } from '../core/conversation.ts'
import { textsOf, type Unread } from './label-texts.ts'
import type { Sensitivity } from './label-sensitivity.ts'
import type { Recognise, Span } from './recognise/recognise.ts'

export type { Sensitivity } from './label-sensitivity.ts'

/** What was found in a request. `examined: false` means that nobody looked: a rule over labels must treat it as unknown, not as clean. */
export type Labels =
  | { readonly examined: false }
  | {
      readonly examined: true
      /** Kinds of data (`contact`, `financial`, `health`, `secret` …), sorted. */
      readonly kinds: readonly string[]
      /** Entities found (`EMAIL_ADDRESS`, `IN_AADHAAR` …), sorted. */
      readonly entities: readonly string[]
      /** The highest level of anything found. */
      readonly sensitivity: Sensitivity
      /** Names of people, places and organisations need a model; without one nobody looked for them. */
      readonly names: 'not-covered' | 'covered'
      /** Content that no recogniser can read, such as images: unknown, not clean. Absent: there was none. */
      readonly unread?: readonly Unread[]
      /** ISO 639-1 codes, where somebody found out. */
      readonly languages?: readonly string[]
      readonly language?: string
      readonly task?: string
    }

/** What the recognisers find in all texts of a request. Without recognisers nobody looked, and the label says exactly that. */
export function label(
  request: Conversation | EmbeddingRequest | RerankRequest,
  recognise?: Recognise,
): Labels {
  if (recognise === undefined) return { examined: false }
  const { texts, unread } = textsOf(request)
  const found = labelsOf(texts.flatMap((text) => recognise(text)))
  return unread.length === 0 ? found : { ...found, unread }
}

/** The same for spans that are known already. */
export function labelsOf(
  spans: readonly Pick<Span, 'entity' | 'kind' | 'sensitivity'>[],
): Labels & { examined: true } {
  return {
    examined: true,
    kinds: sorted(spans.map(({ kind }) => kind)),
    entities: sorted(spans.map(({ entity }) => entity)),
    sensitivity: spans.reduce<Sensitivity>(
      (most, span) => (span.sensitivity > most ? span.sensitivity : most),
      0,
    ),
    names: 'not-covered',
  }
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}

/** As words, for people and for the command line: kinds, then the level, then what nobody looked for. */
export function labelWords(labels: Labels): readonly string[] {
  if (!labels.examined) return ['not-examined']
  const unread = (labels.unread ?? []).map((what) => `unread:${what}`)
  return [...labels.kinds, `sensitivity:${labels.sensitivity}`, `names:${labels.names}`, ...unread]
}
