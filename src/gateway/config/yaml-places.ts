import { isMap, isScalar, isSeq, type Document, type LineCounter, type Pair, type YAMLMap } from 'yaml'

export type Path = readonly PropertyKey[]

/** A parsed document with what is needed to say where something stands in it. */
export type Place = { readonly document: Document.Parsed; readonly lines: LineCounter }

/** The line of the deepest key of `path` that is there; for a missing key that is the mapping it is missing from. */
export function lineOf({ document, lines }: Place, path: Path): number {
  let node: unknown = document.contents
  let offset = 0
  for (const key of path) {
    const next = step(node, key)
    if (next === undefined) break
    offset = next.offset
    node = next.node
  }
  return lineAt({ lines }, offset)
}

export function lineAt({ lines }: Pick<Place, 'lines'>, offset: number): number {
  // A document without a line break has counted no line yet.
  return Math.max(1, lines.linePos(offset).line)
}

function step(
  node: unknown,
  key: PropertyKey,
): { readonly node: unknown; readonly offset: number } | undefined {
  if (isMap(node)) {
    const pair = pairOf(node, String(key))
    return pair === undefined ? undefined : { node: pair.value, offset: startOf(pair.key) }
  }
  if (isSeq(node) && typeof key === 'number')
    return { node: node.items[key], offset: startOf(node.items[key]) }
  return undefined
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => keyOf(pair) === key)
}

export function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : ''
}

export function startOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node)) return 0
  return Array.isArray(node.range) && typeof node.range[0] === 'number' ? node.range[0] : 0
}

/** `models.mock.base_url` */
export function dotted(path: Path): string {
  return path.map((key) => printable(String(key))).join('.')
}

/** A key of the file as it may stand in a line of a terminal: YAML can write escape sequences into a key. */
function printable(key: string): string {
  const clean = key.replace(/[\p{C}\p{Z}]+/gu, ' ')
  return clean.length <= MAX_KEY_CHARS ? clean : `${clean.slice(0, MAX_KEY_CHARS)}…`
}

// Longer than any key of ours and than the longest name of a model that fits a line.
const MAX_KEY_CHARS = 64

/** The path of the key that begins at `offset`, looking from `node` inwards. */
export function pathOfKeyAt(node: unknown, offset: number, path: Path): Path | undefined {
  if (!isMap(node)) return undefined
  for (const pair of node.items) {
    const here = [...path, keyOf(pair)]
    if (startOf(pair.key) === offset) return here
    const inside = pathOfKeyAt(pair.value, offset, here)
    if (inside !== undefined) return inside
  }
  return undefined
}
