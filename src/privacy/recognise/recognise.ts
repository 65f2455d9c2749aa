import { invalid } from '../../core/errors.ts'
import { nearestNames } from '../../core/nearest.ts'
import { codePointCounter } from './code-points.ts'
import { compileCustom, type CustomRecogniser } from './custom-recognisers.ts'
import { fold, type Folded } from './fold.ts'
import { withoutOverlaps, type Candidate } from './overlap.ts'
import type { Sensitivity } from '../label-sensitivity.ts'
import { compactOf, type DataKind, type Recogniser } from './recogniser.ts'
import { recognisers } from './recognisers.ts'
import { Scanner } from './scanner.ts'
import { unfold } from './unfold.ts'

export type Span = {
  readonly entity: string
  readonly kind: DataKind
  readonly sensitivity: Exclude<Sensitivity, 0>
  /** In UTF-16 units of the text as it was given; `inCodePoints` makes them what the contract of the CLI says. */
  readonly start: number
  readonly end: number
  /** 0..1 */
  readonly score: number
  /** Only with `values`: the same for every way to write it: ASCII digits, capitals, no separators in numbers. */
  readonly value?: string
}

export type RecogniseOptions = {
  /** Only these; absent: all. Naming one says that the text is about it, so a check digit is then enough. */
  readonly entities?: readonly string[]
  /** 0..1; default `DEFAULT_THRESHOLD`, or `NAMED_THRESHOLD` with `entities`. */
  readonly threshold?: number
  /** Values that are nobody's: the number of your own switchboard. Separators and size of letters do not matter. */
  readonly allow?: readonly string[]
  readonly custom?: readonly CustomRecogniser[]
  /** The form of your medical record numbers, in RE2 syntax. */
  readonly mrnPattern?: string
  /** Give spans their `value`, as whoever replaces them needs it. */
  readonly values?: boolean
}

export type Recognise = (text: string) => readonly Span[]

/** Chosen by measurement (bench/privacy.ts): the lowest with less than one false alarm in 10 kB of text without any. */
export const DEFAULT_THRESHOLD = 0.4

export const NAMED_THRESHOLD = 0.3

/**
 * Finds personal data and secrets. Made once for its options and used for any number of texts; what it finds does not
 * depend on the texts before. Linear in the length of the text.
 *
 * @example
 * const recognise = createRecognise({ entities: ['IN_AADHAAR'], values: true })
 * recognise('आधार ३९९८ ७६५४ ३२११') // [{ entity: 'IN_AADHAAR', start: 5, end: 19, score: 1, value: '399876543211' }]
 * @throws MusivumError `request.invalid`: an entity that there is not, a pattern that does not compile, a score out of range
 */
export function createRecognise(options: RecogniseOptions = {}): Recognise {
  const active = activeRecognisers(options)
  const threshold =
    options.threshold ?? (options.entities === undefined ? DEFAULT_THRESHOLD : NAMED_THRESHOLD)
  if (!(threshold >= 0 && threshold <= 1))
    throw invalid(`threshold ${threshold}: expected a number from 0 to 1`)
  const scanner = new Scanner({ recognisers: active, named: options.entities !== undefined, threshold })
  const allowed = new Set((options.allow ?? []).map((value) => compactOf(fold(value).text)))
  return (text) => {
    const folded = fold(text)
    const candidates = scanner.scan(folded.text)
    return withoutOverlaps(candidates).flatMap((each) => {
      const recogniser = active[each.place]
      // Not before: what lies within an allowed number, or across its end, is no other number.
      const allowable = allowed.size > 0 && allowed.has(compactOf(folded.text.slice(each.start, each.end)))
      return recogniser === undefined || allowable
        ? []
        : [spanOf(text, folded, each, recogniser, options.values)]
    })
  }
}

/** For one text; a second call with the same options object uses what the first one compiled. */
export function recognise(text: string, options: RecogniseOptions = ALL): readonly Span[] {
  const known = compiledFor.get(options) ?? createRecognise(options)
  compiledFor.set(options, known)
  return known(text)
}

const ALL: RecogniseOptions = {}
const compiledFor = new WeakMap<RecogniseOptions, Recognise>()

/** Offsets as Unicode code points, as the command line and other languages count. */
export function inCodePoints(text: string, spans: readonly Span[]): readonly Span[] {
  const count = codePointCounter(text)
  return spans.map((span) => ({ ...span, start: count(span.start), end: count(span.end) }))
}

function activeRecognisers(options: RecogniseOptions): readonly Recogniser[] {
  const { entities, custom = [], mrnPattern } = options
  const site =
    mrnPattern === undefined ? [] : [{ entity: MRN, pattern: mrnPattern, score: 0.85, ...MRN_LEVEL }]
  const own = [...site, ...custom].map(compileCustom)
  // A site that says what its record numbers look like does not want ours beside them.
  const known = mrnPattern === undefined ? recognisers : recognisers.filter(({ entity }) => entity !== MRN)
  const all = [...own, ...known]
  if (entities === undefined) return all
  const names = new Set(all.map(({ entity }) => entity))
  const unknown = entities.find((entity) => !names.has(entity))
  if (unknown !== undefined) throw unknownEntity(unknown, names)
  return all.filter(({ entity }) => entities.includes(entity))
}

const MRN = 'MEDICAL_RECORD_NUMBER'
const MRN_LEVEL = { kind: 'health', sensitivity: 4 } as const

function unknownEntity(name: string, names: ReadonlySet<string>): Error {
  const [nearest] = nearestNames(name, names, 1)
  const hint = nearest === undefined ? 'docs/privacy.md names them' : `did you mean ${nearest}?`
  return invalid(`there is no entity "${name.slice(0, 64)}"; ${hint}`)
}

function spanOf(
  text: string,
  folded: Folded,
  candidate: Candidate,
  recogniser: Recogniser,
  values = false,
): Span {
  const { start, end, score } = candidate
  return {
    entity: recogniser.entity,
    kind: recogniser.kind,
    sensitivity: recogniser.sensitivity,
    ...unfold(text, folded, { start, end }),
    score: Math.round(100 * score) / 100,
    ...(values && { value: valueOf(folded.text.slice(start, end), recogniser) }),
  }
}

function valueOf(found: string, { kind, finder }: Recogniser): string {
  if (kind === 'secret') return found
  return finder === undefined ? compactOf(found) : found.toLowerCase()
}
