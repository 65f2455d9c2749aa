import type { Labels } from '../label.ts'
import { NAME_ENTITIES, NAME_TRAITS, type NameEntity } from './name-entities.ts'

/** `covered` where all kinds of names are looked for: a rule that asks for names to be covered means every kind of them. */
export function coverageOf(entities: readonly NameEntity[]): 'covered' | 'not-covered' {
  return NAME_ENTITIES.every((entity) => entities.includes(entity)) ? 'covered' : 'not-covered'
}

/**
 * The labels of a text as if everything that the second tier looks for were in it: what a rule must allow before a model may read
 * the text to find out.
 */
export function assumingNames(labels: Labels, entities: readonly NameEntity[]): Labels {
  if (!labels.examined) return labels
  const traits = entities.map((entity) => NAME_TRAITS[entity])
  return {
    ...labels,
    kinds: sorted([...labels.kinds, ...traits.map(({ kind }) => kind)]),
    entities: sorted([...labels.entities, ...entities]),
    sensitivity: traits.reduce(
      (most, { sensitivity }) => (sensitivity > most ? sensitivity : most),
      labels.sensitivity,
    ),
    names: coverageOf(entities),
  }
}

function sorted(words: readonly string[]): readonly string[] {
  return [...new Set(words)].sort()
}
