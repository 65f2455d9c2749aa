import type { Span } from '../recognise/recognise.ts'

/** What only a model finds, by Presidio's names. */
export const NAME_ENTITIES = ['PERSON', 'LOCATION', 'ORGANIZATION'] as const

export type NameEntity = (typeof NAME_ENTITIES)[number]

export type Name = { readonly text: string; readonly entity: NameEntity }

/** Kind and level of each, as the table of recognisers has them for what has a form. */
export const NAME_TRAITS: Readonly<Record<NameEntity, Pick<Span, 'kind' | 'sensitivity'>>> = {
  PERSON: { kind: 'person', sensitivity: 2 },
  LOCATION: { kind: 'place', sensitivity: 2 },
  ORGANIZATION: { kind: 'company', sensitivity: 1 },
}

/** The same as rows, for whoever lists all that can be found. */
export const nameRows: readonly Pick<Span, 'entity' | 'kind' | 'sensitivity'>[] = NAME_ENTITIES.map(
  (entity) => ({
    entity,
    ...NAME_TRAITS[entity],
  }),
)

/** Presidio's score for what a model found. A model that says names says nothing of how sure it is. */
export const NAME_SCORE = 0.85

/** `Universitätsklinikum Hamburg-Eppendorf, Klinik für Kinder- und Jugendmedizin` has 77. */
export const MAX_NAME_CHARS = 120

/**
 * Names in one request, of all its texts together: a name that was found in one of them is one in the others. A longer list is
 * no conversation but a directory, and the tier fails on it.
 */
export const MAX_NAMES = 1_000
