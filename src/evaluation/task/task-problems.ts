import { isMap, isSeq } from 'yaml'
import type { z } from 'zod'
import { nearestNames } from '../../core/nearest.ts'
import { knownKeys } from './task-schema.ts'
import type { YamlPlace } from './yaml-place.ts'

type Issue = z.core.$ZodIssue

/** Every issue as one line: `12:3: limits.atempts: unknown key; did you mean attempts?` No text of the file is repeated. */
export function taskProblems(issues: readonly Issue[], place: YamlPlace): readonly string[] {
  const meant = new Set<string>()
  const lines = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? unknownKeys(issue, place, meant) : [],
  )
  // `refrence` is one mistake, not an unknown key and a missing one.
  const values = issues
    .filter((issue) => issue.code !== 'unrecognized_keys' && !meant.has(dotted(issue.path)))
    .map((issue) => wrongValue(issue, place))
  return [...lines, ...values]
}

function unknownKeys(
  issue: Issue & { readonly code: 'unrecognized_keys' },
  place: YamlPlace,
  meant: Set<string>,
): readonly string[] {
  const known = knownKeys(issue.path)
  return issue.keys.map((key) => {
    const path = [...issue.path, key]
    const [nearest] = nearestNames(key, known, 1)
    if (nearest !== undefined) meant.add(dotted([...issue.path, nearest]))
    const hint = nearest === undefined ? `known here: ${known.join(', ')}` : `did you mean ${nearest}?`
    return `${place.showPath(path)}: ${dotted(path)}: unknown key; ${hint}`
  })
}

function wrongValue(issue: Issue, place: YamlPlace): string {
  const subject = issue.path.length === 0 ? '' : `${dotted(issue.path)}: `
  const at = `${place.showPath(issue.path)}: ${subject}`
  if (!place.document.hasIn(issue.path)) return `${at}is missing; expected ${issue.message}`
  return `${at}expected ${issue.message}${found(place.document.getIn(issue.path))}`
}

/** Numbers and kinds are repeated, texts are not: a text may be part of a prompt. */
function found(value: unknown): string {
  if (isMap(value)) return ', found a mapping'
  if (isSeq(value)) return ', found a list'
  if (typeof value === 'string') return value.trim() === '' ? ', found an empty text' : ', found another text'
  if (value === null || value === undefined) return ', found nothing'
  return typeof value === 'number' || typeof value === 'boolean' ? `, found ${value}` : ''
}

function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((key) =>
      String(key)
        .replace(/[\p{C}\p{Z}]+/gu, ' ')
        .slice(0, MAX_KEY_CHARS),
    )
    .join('.')
}

// Longer than any key of ours; a key of a megabyte must not come back as a message of a megabyte.
const MAX_KEY_CHARS = 64
