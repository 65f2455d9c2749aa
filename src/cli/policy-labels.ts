import { invalid } from '../core/errors.ts'
import { isJsonArray, isJsonObject, type Json } from '../core/json.ts'
import type { Labels, NamesLabel, Sensitivity } from '../privacy/label.ts'
import { nameRows } from '../privacy/names/name-entities.ts'
import { recognisers } from '../privacy/recognise/recognisers.ts'

/**
 * Labels that somebody states in place of what the recognisers would find: a list of kinds and entities
 * (`["health", "IN_AADHAAR"]`), or `{"kinds", "entities", "sensitivity", "names", "languages"}`, or null for a request that
 * nobody has looked into.
 */
export function statedLabels(stated: Json | undefined, file: string): Labels {
  if (stated === null) return { examined: false }
  if (isJsonArray(stated)) return fromWords(textsOf(stated, `${file}: labels`))
  if (!isJsonObject(stated)) throw invalid(`${file}: labels: expected a list of texts, an object or null`)
  const read = (key: string) =>
    stated[key] === undefined ? [] : textsOf(stated[key], `${file}: labels.${key}`)
  const found = fromWords([...read('kinds'), ...read('entities')])
  const languages = read('languages')
  return {
    ...found,
    sensitivity: sensitivityOf(stated['sensitivity'], file) ?? found.sensitivity,
    names: namesLabel(stated['names']),
    ...(languages.length === 0 ? {} : { languages }),
  }
}

function namesLabel(stated: Json | undefined): NamesLabel {
  return stated === 'not-covered' || stated === 'failed' ? stated : 'covered'
}

/** All that either tier finds. */
const FOUND = [...recognisers, ...nameRows]

type Examined = Labels & { readonly examined: true }

/** An entity is written in capitals; its kind and how sensitive it is stand in the table of recognisers. */
function fromWords(words: readonly string[]): Examined {
  const entities = words.filter((word) => /^[A-Z][A-Z0-9_]*$/.test(word))
  const kinds = words.filter((word) => !entities.includes(word))
  const known = FOUND.filter(({ entity }) => entities.includes(entity))
  const levels = [
    ...entities.map((entity) => highest(FOUND.filter((each) => each.entity === entity))),
    ...kinds.map((kind) => highest(FOUND.filter((each) => each.kind === kind))),
  ]
  return {
    examined: true,
    kinds: [...new Set([...kinds, ...known.map(({ kind }) => kind)])].toSorted(),
    entities: entities.toSorted(),
    sensitivity: levels.reduce<Sensitivity>((most, level) => (level > most ? level : most), 0),
    names: 'covered',
  }
}

/** A word that no recogniser knows may mean anything, so it counts as the most sensitive. */
function highest(rows: readonly { readonly sensitivity: Sensitivity }[]): Sensitivity {
  return rows.length === 0
    ? 4
    : rows.reduce<Sensitivity>((most, { sensitivity }) => (sensitivity > most ? sensitivity : most), 0)
}

const LEVELS: readonly Sensitivity[] = [0, 1, 2, 3, 4]

function sensitivityOf(value: Json | undefined, file: string): Sensitivity | undefined {
  const level = LEVELS.find((each) => each === value)
  if (value !== undefined && level === undefined)
    throw invalid(`${file}: labels.sensitivity: expected a whole number from 0 to 4`)
  return level
}

function textsOf(value: Json | undefined, where: string): readonly string[] {
  if (isJsonArray(value) && value.every((each) => typeof each === 'string')) return value
  throw invalid(`${where}: expected a list of texts`)
}
