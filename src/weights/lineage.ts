import { families } from '../catalog/licences/families.ts'
import { findLicence } from '../catalog/licences/find-licence.ts'
import type { LicenceRecord } from '../catalog/licences/licence-record.ts'
import { makers } from './makers.ts'

/** An ancestor, as declared, with our record of its family's licence; null where we have none. */
export type Ancestor = { readonly model: string; readonly licence: string | null }

/** Nearest first, each once. Headers give addresses where cards give `OWNER/REPO`. */
export function lineageOf(declared: readonly string[]): readonly Ancestor[] {
  const names = new Set(declared.map(repositoryName).slice(0, MAX_ANCESTORS))
  return Array.from(names, (model) => ({ model, licence: familyLicence(model)?.id ?? null }))
}

/** A merge of merges names a dozen; a card may name what it likes. */
const MAX_ANCESTORS = 64

function repositoryName(text: string): string {
  const path = text.trim().replace(/^https?:\/\/[^/]+\//i, '')
  return path
    .replace(/\/+$/, '')
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 200)
}

/** Under which licence the maker of `OWNER/REPO` gives that family away, as far as we know makers. */
export function familyLicence(repository: string): LicenceRecord | undefined {
  const [owner = '', repo = ''] = repository.split('/')
  const known = makerOf(owner)?.families.find((each) => each.repo.test(repo))
  if (known === undefined) return undefined
  const licence = known.licence ?? families.find(({ family }) => family === known.family)?.licence
  return licence === undefined ? undefined : findLicence(licence)
}

export function makerOf(owner: string) {
  return makers.find(({ owners }) => owners.some((each) => each.toLowerCase() === owner.toLowerCase()))
}

/**
 * The strictest of the licences on the way from the first ancestor: a fine-tune cannot grant what its base does not. In
 * the order in which people ask: commercial use, caps, uses and countries left out, outputs, names, patents. What is not
 * known counts as stricter than what is granted. A reading of what was declared, not legal advice.
 */
export function strictest(records: readonly LicenceRecord[]): LicenceRecord | undefined {
  return records.toSorted((a, b) => comparedRanks(ranks(b), ranks(a)))[0]
}

/** Larger is stricter, the weightiest question first. */
function ranks(record: LicenceRecord): readonly number[] {
  return [
    record.commercial === false ? 2 : record.commercial === undefined ? 1 : 0,
    capRank(record.revenueCapUsd),
    capRank(record.mauCap),
    record.regionExclusions?.length ?? 0.5,
    record.fieldOfUse?.length ?? 0.5,
    record.outputsMayTrain === undefined ? 1 : OUTPUTS[record.outputsMayTrain],
    typeof record.derivativeNaming === 'string' ? 1 : 0,
    typeof record.attribution === 'string' ? 1 : 0,
    record.patentGrant === true ? 0 : 1,
  ]
}

const OUTPUTS = { yes: 0, conditions: 2, no: 3 } as const

/** A lower cap is a stricter one; unknown lies between none and any. */
function capRank(cap: number | 'none' | undefined): number {
  if (cap === 'none') return 0
  return cap === undefined ? 1e-15 : 1 / Math.max(1, cap)
}

function comparedRanks(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((rank, index) => rank !== b[index])
  return place === -1 ? 0 : (a[place] ?? 0) - (b[place] ?? 0)
}
