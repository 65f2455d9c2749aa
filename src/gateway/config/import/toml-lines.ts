import type { LineOf } from './source.ts'
import type { Path } from '../yaml-places.ts'

/**
 * Where keys stand in a TOML text: the parser does not tell. Good enough to send a reader to the right line; what stands
 * inside an inline table or a list is found at the line where that begins.
 */
export function tomlLines(text: string): LineOf {
  const lines = new Map<string, number>()
  const counts = new Map<string, number>()
  let table: readonly string[] = []
  let fence: string | undefined
  for (const [index, line] of text.split('\n').entries()) {
    if (fence !== undefined) {
      if (line.includes(fence)) fence = undefined
      continue
    }
    const header = /^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$/.exec(line)
    const assignment = /^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'|\s*\.\s*)+?)\s*=(.*)$/.exec(line)
    if (header !== null) {
      table = tablePath(header[2] ?? '', header[1] === '[[', counts)
      remember(lines, table, index + 1)
    } else if (assignment !== null) {
      remember(lines, [...table, ...keysOf(assignment[1] ?? '')], index + 1)
      fence = openFence(assignment[2] ?? '')
    }
  }
  return (path) => lookUp(lines, path)
}

/** `[[rules]]` begins the next of a list, and `[rules.scope]` below it belongs to the last one begun. */
function tablePath(text: string, isList: boolean, counts: Map<string, number>): readonly string[] {
  const path: string[] = []
  for (const [index, key] of keysOf(text).entries()) {
    path.push(key)
    const list = path.join(END)
    const last = isList && index === keysOf(text).length - 1
    if (last) counts.set(list, (counts.get(list) ?? -1) + 1)
    const at = counts.get(list)
    if (at !== undefined) path.push(String(at))
  }
  return path
}

function keysOf(text: string): readonly string[] {
  const parts = text.match(/"[^"]*"|'[^']*'|[A-Za-z0-9_-]+/g) ?? []
  return parts.map((part) => part.replace(/^(["'])(.*)\1$/, '$2'))
}

/** A text of several lines has begun and not ended: what looks like a key in it is none. */
function openFence(value: string): string | undefined {
  const fence = /"""|'''/.exec(value)?.[0]
  return fence === undefined || value.split(fence).length > 2 ? undefined : fence
}

function remember(lines: Map<string, number>, path: readonly string[], line: number): void {
  // `[models.a.providers.b]` is also where `models.a` first appears.
  for (let length = 1; length <= path.length; length += 1) {
    const key = path.slice(0, length).join(END)
    if (!lines.has(key)) lines.set(key, line)
  }
}

function lookUp(lines: ReadonlyMap<string, number>, path: Path): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const line = lines.get(path.slice(0, length).map(String).join(END))
    if (line !== undefined) return line
  }
  return undefined
}

const END = '\u0000'
