import type { Conversation, EmbeddingRequest, RerankRequest } from '../core/conversation.ts'
import { languagesIn } from './guess-language.ts'
import { textsOf, type Unread } from './label-texts.ts'
import type { Sensitivity } from './label-sensitivity.ts'
import { recogniseOnce } from './recognise-once.ts'
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
      /** How often each was found; a value that stands in two places counts twice. Absent: nothing was found. */
      readonly counts?: Readonly<Record<string, number>>
      /** The highest level of anything found. */
      readonly sensitivity: Sensitivity
      readonly names: NamesLabel
      /** Content that no recogniser can read, such as images: unknown, not clean. Absent: there was none. */
      readonly unread?: readonly Unread[]
      /**
       * What the texts are written in, as ISO 639 codes: `en`, `hi`, `mr`, `ar`, and `und` for what is none of these. Absent where
       * no text is long enough to tell.
       */
      readonly languages?: readonly string[]
      readonly language?: string
      readonly task?: string
    }

/**
 * Names of people, places and organisations take a model to find. `not-covered`: nobody looked, or not for all of them;
 * `failed`: the model that looks could not, and the request goes on because the configuration says that it may.
 */
export type NamesLabel = 'not-covered' | 'covered' | 'failed'

/**
 * What the recognisers find in all texts of a request. Without recognisers nobody looked, and the label says exactly that. `names`
 * is what is said of names: the recognisers of patterns do not find any.
 */
export function label(
  request: Conversation | EmbeddingRequest | RerankRequest,
  recognise?: Recognise,
  names: NamesLabel = 'not-covered',
): Labels {
  if (recognise === undefined) return { examined: false }
  const { texts, unread } = textsOf(request)
  const languages = languagesIn(texts)
  return {
    ...labelsOf(texts.flatMap(recogniseOnce(recognise, request))),
    names,
    ...(unread.length > 0 && { unread }),
    ...(languages.length > 0 && { languages }),
  }
}

/** The same for spans that are known already. */
export function labelsOf(
  spans: readonly Pick<Span, 'entity' | 'kind' | 'sensitivity'>[],
): Labels & { examined: true } {
  const counts = countsOf(spans)
  return {
    examined: true,
    kinds: sorted(spans.map(({ kind }) => kind)),
    entities: Object.keys(counts),
    ...(spans.length > 0 && { counts }),
    sensitivity: spans.reduce<Sensitivity>(
      (most, span) => (span.sensitivity > most ? span.sensitivity : most),
      0,
    ),
    names: 'not-covered',
  }
}

/** By entity, in the order of their names. */
function countsOf(spans: readonly Pick<Span, 'entity'>[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const entity of sorted(spans.map((span) => span.entity))) counts[entity] = 0
  for (const { entity } of spans) counts[entity] = (counts[entity] ?? 0) + 1
  return counts
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
