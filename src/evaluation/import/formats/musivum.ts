import { isJsonObject, type JsonObject } from '../../../core/json.ts'
import type { ImportedRow, Importer, Source } from '../importer.ts'
import { present } from '../row-fields.ts'
import { convertedRows, type GoodRow } from '../source-rows.ts'

/** Our own items and outcomes, in one file or in two: checked and passed on. */
export const musivum: Importer = {
  name: 'musivum',
  about: 'our own items and outcomes, checked and passed on',
  detect: ({ keys }) =>
    keys.has('/task') &&
    keys.has('/item') &&
    (keys.has('/prompt') || keys.has('/model') || keys.has('/score')),
  rows: (source) => convertedRows(source, (row) => imported(row, source)),
}

function imported({ row, where }: GoodRow, source: Source): ImportedRow {
  if ('score' in row || 'model' in row)
    return {
      kind: 'read',
      where,
      outcomes: [{ ...present({ task: source.task, model: source.model }), ...row }],
    }
  if ('prompt' in row)
    return { kind: 'read', where, item: itemOf({ ...present({ task: source.task }), ...row }) }
  const fault = 'neither "prompt" nor "model" and "score"; expected an item or an outcome'
  return { kind: 'wrong', where, fault }
}

/** Options by letter, as question sets often keep them, are the same list in the order of the letters. */
function itemOf(row: JsonObject): JsonObject {
  const { options } = row
  if (!isJsonObject(options)) return row
  return {
    ...row,
    options: Object.keys(options)
      .toSorted()
      .map((letter) => options[letter] ?? ''),
  }
}
