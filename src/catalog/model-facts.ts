/** What somebody states about a model, for rules. What is left out is derived where it can be, else it is not known. */
export type StatedFacts = {
  /** Who sells the answers. */
  readonly seller?: string
  /** ISO 3166 code of the seller's seat. */
  readonly legalSeat?: string
  readonly runs?: WhereItRuns
  readonly retentionDays?: number
  readonly trainsOnData?: boolean
  /** When the terms were read: `2026-11-23`. */
  readonly termsDate?: string
  readonly baa?: boolean
  readonly dpa?: boolean
  readonly openness?: Openness
  /** The id of a licence record; in place of the model's `licence`. */
  readonly licence?: string
  readonly provenance?: Provenance
  readonly certified?: boolean
}

/** `own-network`: a private address. `remote`: anything that is not known to be nearer. */
export type WhereItRuns = 'in-process' | 'this-machine' | 'own-network' | 'remote'

export const OPENNESS = ['closed', 'open-restricted', 'open-permissive', 'open-full', 'unknown'] as const

/** `open-restricted`: weights are public under terms of their own. `open-full`: data and code are public too. */
export type Openness = (typeof OPENNESS)[number]

/** 0 unknown, 1 declared, 2 fingerprint fits, 3 hash equals the maker's file, 4 signed by the maker. */
export type Provenance = 0 | 1 | 2 | 3 | 4
