import { findModel } from '../../catalog/fit/find-model.ts'
import { knownModels } from '../../catalog/fit/known-models.ts'
import { MusivumError } from '../../core/errors.ts'
import type { Manifest } from '../manifest.ts'
import { dimensionsOfShape, keptFingerprint, type Dimensions, type Fingerprint } from './fingerprint.ts'

/** What the build of a model says about one that it is said to be made from. */
export type BaseComparison = {
  readonly base: string
  /**
   * `same`: every tensor by name and shape and the vocabulary, or every dimension that was published. `like`: nothing
   * that training could not change. `differs`: it cannot be made from it by training. `unknown`: nothing to compare with.
   */
  readonly verdict: 'same' | 'like' | 'differs' | 'unknown'
  /** What it was compared with: a model here, or the dimensions that its maker published. */
  readonly against: 'shelf' | 'published' | null
  readonly why: string
  /** The name on the shelf. */
  readonly on_shelf: string | null
  /** How sure it is what that one is. */
  readonly level: Manifest['provenance']['level'] | null
}

/** @param others everything else on the shelf; each compared by the fingerprint that it keeps */
export function compareWithBase(
  own: Fingerprint,
  base: string,
  from: Pick<Manifest, 'source'>,
  others: readonly Manifest[],
): BaseComparison {
  const shelved = shelvedAs(base, from, others)
  const theirs = keptFingerprint(shelved?.fingerprint)
  if (shelved !== undefined && theirs !== undefined) {
    const { verdict, why } = compared(own, theirs)
    const { name, provenance } = shelved
    return { base, verdict, why, against: 'shelf', on_shelf: name, level: provenance.level }
  }
  const none = { base, on_shelf: shelved?.name ?? null, level: null }
  const published = publishedDimensions(base)
  if (published === undefined || own.dimensions === null)
    return { ...none, verdict: 'unknown', against: null, why: 'neither here nor among the models we know' }
  const differences = differencesOf(own.dimensions, published)
  return { ...none, against: 'published', ...publishedVerdict(differences, own, others) }
}

/**
 * A model of the shelf that came from this repository, or from its repository of GGUF files.
 *
 * @param from whose base it is said to be. Makers declare `OWNER/X` as the base of their own `OWNER/X-GGUF`: neither it nor
 *   another file of that repository is what it was made from.
 */
export function shelvedAs(
  base: string,
  from: Pick<Manifest, 'source'>,
  manifests: readonly Manifest[],
): Manifest | undefined {
  const [wanted, own] = [base.toLowerCase(), repositoryOf(from)]
  return manifests.find((each) => {
    const repository = repositoryOf(each)
    if (repository === undefined || plain(repository) !== plain(wanted)) return false
    return repository === wanted || repository !== own
  })
}

function repositoryOf({ source }: Pick<Manifest, 'source'>): string | undefined {
  return /^hf:([^:@]+)/.exec(source)?.[1]?.toLowerCase()
}

function plain(repository: string): string {
  return repository.replace(/[-_.]gguf$/, '')
}

type Verdict = Pick<BaseComparison, 'verdict' | 'why'>

function compared(own: Fingerprint, theirs: Fingerprint): Verdict {
  const vocabulary = own.tokenizer === theirs.tokenizer
  if (own.tensors === theirs.tensors && vocabulary)
    return {
      verdict: 'same',
      why: 'every tensor has the same name and shape, and the vocabulary is the same',
    }
  if (own.dimensions === null || theirs.dimensions === null)
    return { verdict: 'unknown', why: 'one of them is no whole model' }
  const differences = differencesOf(own.dimensions, theirs.dimensions)
  if (isBuiltOtherwise(differences)) return { verdict: 'differs', why: differences.join(', ') }
  const other = vocabulary ? 'the vocabulary is the same' : 'it has another vocabulary'
  return { verdict: 'like', why: ['it is built alike', other, ...differences].join(', ') }
}

function publishedVerdict(
  differences: readonly string[],
  own: Fingerprint,
  others: readonly Manifest[],
): Verdict {
  if (differences.length === 0)
    return { verdict: 'same', why: 'all dimensions are those that its maker published' }
  if (!isBuiltOtherwise(differences))
    return {
      verdict: 'like',
      why: `most dimensions are those that its maker published, but ${differences.join(', ')}`,
    }
  const rather = builtLike(own, others)
  const instead = rather.length === 0 ? '' : `; its dimensions are those of ${rather.join(', ')}`
  return { verdict: 'differs', why: `${differences.join(', ')}${instead}` }
}

/**
 * Tokens are added by many who train; layers, widths and heads by nobody. The other dimensions are written in several
 * ways by several converters, and prove nothing by being different.
 */
function isBuiltOtherwise(differences: readonly string[]): boolean {
  return differences.some((each) => /^(?:architecture|layers|width|heads) /.test(each))
}

const KEYS = [
  'architecture',
  'layers',
  'width',
  'heads',
  'key_value_heads',
  'feed_forward',
  'experts',
  'vocabulary',
] as const satisfies readonly (keyof Dimensions)[]

function differencesOf(own: Dimensions, theirs: Dimensions): readonly string[] {
  return KEYS.flatMap((key) =>
    own[key] === theirs[key]
      ? []
      : [`${key.replaceAll('_', ' ')} ${shown(own[key])} instead of ${shown(theirs[key])}`],
  )
}

/** A number per layer is a page of them. */
function shown(dimension: string | number): string {
  return String(dimension)
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 60)
}

function publishedDimensions(base: string): Dimensions | undefined {
  try {
    return dimensionsOfShape(findModel(base).shape)
  } catch (thrown) {
    // Not among the models whose dimensions we know.
    if (thrown instanceof MusivumError) return undefined
    throw thrown
  }
}

/** The models that have exactly these dimensions, vocabulary included: by what we know, then by what is on the shelf. */
export function builtLike({ dimensions }: Fingerprint, others: readonly Manifest[]): readonly string[] {
  if (dimensions === null) return []
  const fits = (theirs: Dimensions): boolean => differencesOf(dimensions, theirs).length === 0
  const known = knownModels.filter(({ shape }) => fits(dimensionsOfShape(shape))).map(({ name }) => name)
  const here = others.flatMap(({ name, fingerprint }) => {
    const kept = keptFingerprint(fingerprint)?.dimensions
    return kept && fits(kept) ? [name] : []
  })
  return [...new Set([...known, ...here])].slice(0, MAX_NAMED)
}

const MAX_NAMED = 5
