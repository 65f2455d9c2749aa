import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { invalid } from '../core/errors.ts'
import { readShelf } from '../weights/read-shelf.ts'
import { shelfOf } from '../weights/shelf.ts'
import { verifyModel, type VerifiedFile } from '../weights/verify-shelf.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { pullLine } from './pull-line.ts'
import { bytes } from './quantities.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsVerify: Command = {
  name: 'models verify',
  summary: 'Read pulled weights again and compare every hash.',
  operand: '[NAME…]',
  options: [homeOption, jsonOption],
  examples: [
    {
      line: 'musivum models verify',
      about: 'everything that was pulled; exit code 1 when something differs',
    },
    { line: 'musivum models verify qwen3-8b-q4_k_m --json', about: 'one model, every file' },
  ],
  run,
}

type Row = {
  readonly name: string
  readonly ok: boolean
  readonly size_bytes: number | null
  /** The first thing that differs, with what to do. */
  readonly problem: string | null
  readonly files: readonly VerifiedFile[]
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const rows = await rowsOf(args, terminal)
  terminal.progress?.('')
  writeReport(args, terminal, {
    json: () => ({ models: rows }),
    text: () => (rows.length === 0 ? 'nothing was pulled yet' : rows.map(words).join('\n')),
  })
  return rows.every(({ ok }) => ok) ? EXIT.ok : EXIT.negative
}

async function rowsOf({ operands, ...args }: Arguments, terminal: Terminal): Promise<readonly Row[]> {
  const { home } = gatewaySettings({ operands, ...args }, terminal)
  const shelf = shelfOf(home)
  const { manifests, problems } = readShelf(shelf)
  const known = [...manifests, ...problems].map(({ name }) => name)
  const unknown = operands.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw invalid(`there is no ${unknown.slice(0, 80)} on the shelf; \`musivum models list\` says what is`)
  const wanted = (name: string): boolean => operands.length === 0 || operands.includes(name)
  const rows: Row[] = problems.filter(({ name }) => wanted(name)).map(({ name, line }) => broken(name, line))
  for (const manifest of manifests.filter(({ name }) => wanted(name))) {
    const files = await verifyModel(shelf, manifest, {
      signal: terminal.signal,
      onProgress: (file, done, total) =>
        terminal.progress?.(`${manifest.name}: ${pullLine(file, { bytes: done, total, perSecond: 0 })}`),
    })
    rows.push(rowOf(manifest.name, manifest.source, files))
  }
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function broken(name: string, problem: string): Row {
  return { name, ok: false, size_bytes: null, problem, files: [] }
}

function rowOf(name: string, source: string, files: readonly VerifiedFile[]): Row {
  const wrong = files.find(({ problem }) => problem !== null)
  return {
    name,
    ok: wrong === undefined,
    size_bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    problem:
      wrong === undefined
        ? null
        : `${wrong.name}: ${wrong.problem}; pull ${source} again: what is whole stays`,
    files,
  }
}

function words({ name, ok, size_bytes, problem, files }: Row): string {
  const size =
    size_bytes === null
      ? ''
      : `, ${bytes(size_bytes)} in ${files.length} ${files.length === 1 ? 'file' : 'files'}`
  return ok ? `${name}: whole${size}` : `${name}: DIFFERS: ${problem}`
}
