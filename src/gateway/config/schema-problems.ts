import { isMap, isSeq } from 'yaml'
import type { z } from 'zod'
import { nearestNames } from '../../core/nearest.ts'
import { engineOfKey, ENGINES, knownKeys, vendorNames } from './schema.ts'
import { dotted, keyOf, lineOf, type Place } from './yaml-places.ts'

/** `line` counts from 1. `text` never repeats a text of the file: it may be a key that somebody pasted there. */
export type Problem = { readonly line: number; readonly text: string }

type Issue = z.core.$ZodIssue

/** Every issue the schema found, as one line each. */
export function schemaProblems(issues: readonly Issue[], place: Place): readonly Problem[] {
  const flat = issues.flatMap(innermost)
  const problems = flat.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? unknownKeys(issue, place) : [wrongValue(issue, place)],
  )
  // `base_ur` is one mistake, not an unknown key and a missing one.
  const meant = new Set(problems.map((problem) => problem.meant))
  return problems
    .filter((problem) => !(problem.missing === true && meant.has(problem.path)))
    .map(({ line, text }) => ({ line, text }))
}

type SchemaProblem = Problem & { readonly path: string; readonly meant?: string; readonly missing?: boolean }

/** An issue of a union as the issues of the alternative that was meant: the one whose kind of value fits. */
function innermost(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const fits = (branch: readonly Issue[]) =>
    branch.length > 0 &&
    branch.every((inner) => inner.path.length > 0 || !['invalid_type', 'invalid_value'].includes(inner.code))
  const meant = issue.errors.find((branch) => fits(branch) && branch.some((inner) => isInside(inner)))
  return meant === undefined
    ? [issue]
    : meant.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }))
}

function isInside(issue: Issue): boolean {
  return issue.path.length > 0 || issue.code === 'unrecognized_keys'
}

function unknownKeys(issue: Issue & { readonly code: 'unrecognized_keys' }, place: Place): SchemaProblem[] {
  const engine: unknown = place.document.getIn([...issue.path.slice(0, 2), 'engine'])
  const known = knownKeys(issue.path, engine)
  return issue.keys.map((key) => {
    const path = [...issue.path, key]
    const [nearest] = nearestNames(key, known, 1)
    const other = issue.path[0] === 'models' && issue.path.length === 2 ? engineOfKey(key) : undefined
    const hint =
      other !== undefined
        ? `belongs to \`engine: ${other}\``
        : nearest === undefined
          ? `unknown key; known here: ${known.join(', ')}`
          : `unknown key; did you mean ${nearest}?`
    return {
      line: lineOf(place, path),
      text: `${dotted(path)}: ${hint}`,
      path: dotted(path),
      ...(nearest === undefined ? {} : { meant: dotted([...issue.path, nearest]) }),
    }
  })
}

function wrongValue(issue: Issue, place: Place): SchemaProblem {
  const path = dotted(issue.path)
  const at = { line: lineOf(place, issue.path), path }
  const subject = path === '' ? '' : `${path}: `
  if (issue.code === 'invalid_key') {
    return { ...at, text: `${subject}the name must be ${messageOf(issue.issues[0])}` }
  }
  if (!place.document.hasIn(issue.path)) {
    return (
      mistypedEngine(issue, place) ?? {
        ...at,
        text: `${subject}is missing; expected ${issue.message}`,
        missing: true,
      }
    )
  }
  const value: unknown = place.document.getIn(issue.path)
  return {
    ...at,
    text: `${subject}expected ${issue.message}${found(issue, value)}${suggestion(issue, value)}`,
  }
}

/** Without its engine nothing is known about a model, so a mistyped `engine` hides every other unknown key, itself included. */
function mistypedEngine(issue: Issue, place: Place): SchemaProblem | undefined {
  if (issue.code !== 'invalid_union') return undefined
  const around = issue.path.slice(0, -1)
  const [nearest] = nearestNames('engine', keysOf(place.document.getIn(around)), 1)
  if (nearest === undefined) return undefined
  const path = [...around, nearest]
  const text = `${dotted(path)}: unknown key; did you mean engine?`
  return { line: lineOf(place, path), path: dotted(path), text }
}

function keysOf(node: unknown): readonly string[] {
  return isMap(node) ? node.items.map(keyOf) : []
}

function messageOf(issue: Issue | undefined): string {
  return issue?.message ?? 'a name'
}

/** Numbers and kinds are repeated, texts are not: a text may be a key that was pasted into the wrong line. */
function found(issue: Issue, value: unknown): string {
  if (typeof value === 'string') return issue.code === 'invalid_type' ? ', found text' : ''
  // What is wrong with a mapping as a whole is what it lacks.
  if (isMap(value)) return issue.code === 'custom' ? '' : ', found a mapping'
  if (isSeq(value)) return ', found a list'
  if (value === null || value === undefined) return ', found nothing'
  if (typeof value === 'number' || typeof value === 'boolean') return `, found ${value}`
  return ''
}

function suggestion(issue: Issue, value: unknown): string {
  if (typeof value !== 'string') return ''
  const last = issue.path.at(-1)
  if (last === 'vendor' && issue.code === 'invalid_value') return nearestVendor(value)
  if (issue.code !== 'invalid_union' || last !== 'engine') return ''
  const [nearest] = nearestNames(value, ENGINES, 1)
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}

function nearestVendor(value: string): string {
  const [nearest] = nearestNames(value, vendorNames(), 1)
  return nearest === undefined ? `; known are ${vendorNames().join(', ')}` : `; did you mean ${nearest}?`
}
