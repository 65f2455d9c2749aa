import { strict as assert } from 'node:assert'
import type { Column, GroupField, TaskView } from './outcome-table.ts'

/** Two columns on the items that both have, place by place. */
export type Pairing = {
  readonly task: string
  /** The value of `by` when this is a slice of the task; null for the whole task. */
  readonly slice: Slice | null
  readonly candidate: PairedColumn
  readonly reference: PairedColumn
  /** Cluster of each pair by number, −1 for an item that stands alone; undefined when items are taken as independent. */
  readonly clusters: Int32Array | undefined
  /** Items that only one of the two has. They are in no figure of the pairing, so they must be shown beside it. */
  readonly missing: readonly MissingOutcome[]
}

export type PairedColumn = {
  readonly model: string
  readonly scores: Float64Array
  /** Failed calls and unparsed answers on the paired items, each scored 0. */
  readonly errors: number
  readonly unparsed: number
}

/** The named model has no outcome on the item, and the other model has one. */
export type MissingOutcome = { readonly item: string; readonly model: string }

/** Items of a task with one value of a field; null for the items on which no row says. */
export type Slice = { readonly by: GroupField; readonly value: string | null }

export type PairingOptions = {
  readonly clustered?: boolean
  readonly slice?: Slice
}

/** Pairs two models of a task item by item. */
export function pairColumns(
  view: TaskView,
  candidate: string,
  reference: string,
  options: PairingOptions = {},
): Pairing {
  const [a, b] = [view.column(candidate), view.column(reference)]
  const chosen = placesOf(view, options.slice)
  const both = placesOfBoth(chosen, a, b)
  const whole = both.length === view.items.length
  const clusters = options.clustered === true ? view.grouping('cluster').of : undefined
  return {
    task: view.task,
    slice: options.slice ?? null,
    candidate: paired(a, both),
    reference: paired(b, both),
    clusters: clusters && Int32Array.from(both, (place) => clusters[place] ?? -1),
    missing: whole ? [] : missingOf(view, chosen, a, b),
  }
}

/** Two score columns that are already side by side, such as a plan and its reference. They are not copied. */
export function pairScores(
  task: string,
  candidate: { readonly model: string; readonly scores: ArrayLike<number> },
  reference: { readonly model: string; readonly scores: ArrayLike<number> },
  clusters?: ArrayLike<number>,
): Pairing {
  assert(candidate.scores.length === reference.scores.length, 'paired columns have one score per item each')
  const side = (column: { readonly model: string; readonly scores: ArrayLike<number> }): PairedColumn => ({
    model: column.model,
    scores: column.scores instanceof Float64Array ? column.scores : Float64Array.from(column.scores),
    errors: 0,
    unparsed: 0,
  })
  return {
    task,
    slice: null,
    candidate: side(candidate),
    reference: side(reference),
    clusters: clusters && Int32Array.from(clusters),
    missing: [],
  }
}

/** The slices of a task by a field, in the order of first sight; the items that do not say come last. */
export function slicesOf(view: TaskView, by: GroupField): readonly Slice[] {
  const { of, names, missing } = view.grouping(by)
  const present = new Set(of)
  const named = names.filter((_, number) => present.has(number)).map((value): Slice => ({ by, value }))
  return missing === 0 ? named : [...named, { by, value: null }]
}

/** candidate − reference, pair by pair, each from −1 to 1. */
export function differencesOf(pairing: Pairing): Float64Array {
  const [candidate, reference] = [pairing.candidate.scores, pairing.reference.scores]
  const differences = new Float64Array(candidate.length)
  for (let index = 0; index < differences.length; index += 1)
    differences[index] = (candidate[index] ?? 0) - (reference[index] ?? 0)
  return differences
}

function placesOf(view: TaskView, slice: Slice | undefined): Uint32Array {
  const all = new Uint32Array(view.items.length)
  for (let place = 0; place < all.length; place += 1) all[place] = place
  if (slice === undefined) return all
  const { of, names } = view.grouping(slice.by)
  const wanted = slice.value === null ? -1 : names.indexOf(slice.value)
  if (slice.value !== null && wanted === -1) return new Uint32Array()
  return all.filter((place) => of[place] === wanted)
}

function placesOfBoth(places: Uint32Array, a: Column, b: Column): Uint32Array {
  const both = new Uint32Array(places.length)
  let count = 0
  for (let index = 0; index < places.length; index += 1) {
    const place = places[index] ?? 0
    if (has(a, place) && has(b, place)) both[count++] = place
  }
  return both.subarray(0, count)
}

function has(column: Column, place: number): boolean {
  return (column.samples[place] ?? 0) > 0
}

function paired(column: Column, places: Uint32Array): PairedColumn {
  let [errors, unparsed] = [0, 0]
  // The column itself where nothing is left out: what was resampled of it then serves every pair that it is in.
  const whole = places.length === column.scores.length
  const scores = whole ? column.scores : new Float64Array(places.length)
  // A loop and not `from` with a function: every pair of thirty models comes through here.
  for (let index = 0; index < places.length; index += 1) {
    const place = places[index] ?? 0
    if (!whole) scores[index] = column.scores[place] ?? 0
    errors += column.errors[place] ?? 0
    unparsed += column.unparsed[place] ?? 0
  }
  return { model: column.model, scores, errors, unparsed }
}

function missingOf(view: TaskView, places: Uint32Array, a: Column, b: Column): MissingOutcome[] {
  const missing: MissingOutcome[] = []
  for (const place of places) {
    if (has(a, place) === has(b, place)) continue
    missing.push({ item: view.items[place] ?? '', model: has(a, place) ? b.model : a.model })
  }
  return missing
}
