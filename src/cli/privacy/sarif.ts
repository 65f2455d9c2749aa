import { codePointCounter } from '../../privacy/recognise/code-points.ts'
import { nameRows } from '../../privacy/names/name-entities.ts'
import type { Span } from '../../privacy/recognise/recognise.ts'
import { recognisers } from '../../privacy/recognise/recognisers.ts'
import type { TextRecord } from './read-texts.ts'

/**
 * SARIF 2.1.0 (OASIS), written piece by piece: beginning with every rule, then one result per span, then the end. What
 * was found is not in it: the report goes where the text may not.
 */
export function sarifStart(): string {
  const rules = [...recognisers, ...nameRows].map(({ entity, kind, sensitivity }) => ({
    id: entity,
    defaultConfiguration: { level: levelOf(sensitivity) },
    properties: { kind, sensitivity },
  }))
  const driver = { name: 'Musivum', rules }
  return `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":${JSON.stringify({ driver })},"columnKind":"unicodeCodePoints","results":[\n`
}

export function sarifEnd(): string {
  return '\n]}]}\n'
}

/** `spans` in the order of the text, in UTF-16 units. */
export function sarifResults(record: TextRecord, spans: readonly Span[]): readonly string[] {
  const { text, line } = record
  const place = line === undefined ? placeCounter(text) : undefined
  const points = codePointCounter(text)
  return spans.map((span) => {
    const region = place === undefined ? { startLine: line } : regionOf(span, place)
    return resultOf(record, span, region, [points(span.start), points(span.end)])
  })
}

function resultOf(
  { file, id }: TextRecord,
  { entity, score, sensitivity }: Span,
  region: object,
  [start, end]: readonly [number, number],
): string {
  return JSON.stringify({
    ruleId: entity,
    level: levelOf(sensitivity),
    message: { text: `${entity} (score ${score})` },
    locations: [
      { physicalLocation: { artifactLocation: { uri: encodeURI(file.replaceAll('\\', '/')) }, region } },
    ],
    properties: { id, start, end },
  })
}

function levelOf(sensitivity: number): 'error' | 'note' | 'warning' {
  return sensitivity >= 3 ? 'error' : sensitivity === 2 ? 'warning' : 'note'
}

type Place = { readonly line: number; readonly column: number }

/** Lines and columns from 1; the end is the column behind the last character. */
function regionOf({ start, end }: Span, placeOf: (at: number) => Place): object {
  const from = placeOf(start)
  const to = placeOf(end)
  return { startLine: from.line, startColumn: from.column, endLine: to.line, endColumn: to.column }
}

/** Asked in rising order, so that a file is walked through once. */
function placeCounter(text: string): (at: number) => Place {
  let line = 1
  let lineStart = 0
  let seen = 0
  return (at) => {
    for (; seen < at; seen += 1)
      if (text.charCodeAt(seen) === 0x0a) {
        line += 1
        lineStart = seen + 1
      }
    return { line, column: Array.from(text.slice(lineStart, at)).length + 1 }
  }
}
