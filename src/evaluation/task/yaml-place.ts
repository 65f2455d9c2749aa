import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml'

/** A YAML text with what is needed to say where something stands in it. */
export type YamlPlace = {
  readonly document: Document.Parsed
  /** `12:3`: line and column of the deepest key of the path that is there. */
  readonly showPath: (path: readonly PropertyKey[]) => string
  readonly showOffset: (offset: number) => string
  /** The line on which a part of a text value stands, where the text is a block (`|`); else that of its key. */
  readonly lineInText: (path: readonly PropertyKey[], index: number) => number
}

export function parseYaml(source: string): YamlPlace {
  const lines = new LineCounter()
  // `prettyErrors` would copy the source line into the message.
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const showOffset = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    // A document without a line break has counted no line yet.
    return `${Math.max(1, line)}:${Math.max(1, col)}`
  }
  return {
    document,
    showOffset,
    showPath: (path) => showOffset(offsetOf(document.contents, path)),
    lineInText: (path, index) => {
      const key = Math.max(1, lines.linePos(offsetOf(document.contents, path)).line)
      const node: unknown = document.getIn(path, true)
      if (!isScalar(node) || node.type !== 'BLOCK_LITERAL' || typeof node.value !== 'string') return key
      return key + 1 + (node.value.slice(0, index).match(/\n/g)?.length ?? 0)
    },
  }
}

function offsetOf(contents: unknown, path: readonly PropertyKey[]): number {
  let node = contents
  let offset = startOf(contents)
  for (const key of path) {
    const pair = isMap(node)
      ? node.items.find((each) => isScalar(each.key) && each.key.value === key)
      : undefined
    const next: unknown = isSeq(node) && typeof key === 'number' ? node.items[key] : pair?.value
    if (next === undefined && pair === undefined) break
    offset = startOf(pair?.key ?? next)
    node = next
  }
  return offset
}

function startOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node)) return 0
  return Array.isArray(node.range) && typeof node.range[0] === 'number' ? node.range[0] : 0
}
