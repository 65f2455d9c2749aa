import type { ImportedRow, Importer, Source } from '../importer.ts'
import type { Head } from '../read-head.ts'
import { promptfooConfigRows } from './promptfoo-config.ts'
import { promptfooResultRows } from './promptfoo-results.ts'
import { promptfooTestRows } from './promptfoo-tests.ts'

/**
 * promptfoo (https://www.promptfoo.dev/docs/configuration): a configuration (YAML or JSON), its tests (CSV, JSON, JSON
 * Lines, YAML), or what `promptfoo eval --output results.json` (or `.jsonl`) wrote.
 */
export const promptfoo: Importer = {
  name: 'promptfoo',
  about: 'a configuration, tests (YAML, JSON, CSV) or the results of `promptfoo eval -o`',
  detect: (head) => isResults(head) || isConfig(head) || isTests(head),
  namesModels: (head) => head !== undefined && isResults(head),
  rows,
}

function rows(source: Source): AsyncIterable<ImportedRow> {
  if (source.head !== undefined && isResults(source.head)) return promptfooResultRows(source)
  return source.head !== undefined && (isConfig(source.head) || source.head.container === 'yaml')
    ? promptfooConfigRows(source)
    : promptfooTestRows(source)
}

function isResults({ keys, container }: Head): boolean {
  return (
    keys.has('/results/results') || (container === 'lines' && keys.has('/vars') && keys.has('/promptIdx'))
  )
}

function isConfig({ keys }: Head): boolean {
  return keys.has('/tests') && (keys.has('/prompts') || keys.has('/providers') || keys.has('/targets'))
}

function isTests({ keys }: Head): boolean {
  const expected = Array.from(keys).some((key) => /^\/__expected\d*$/.test(key))
  return (
    expected ||
    (keys.has('/vars') && (keys.has('/assert') || keys.has('/description')) && !keys.has('/promptIdx'))
  )
}
