import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'

/** One measured number beside its bar and, where there is one, beside the same number of others in the same run. */
export type Measured = {
  readonly what: string
  readonly unit: string
  readonly measured: number
  /** What it must not exceed. Without this and `least` it is only told. */
  readonly bar?: number
  /** What it must reach. */
  readonly least?: number
  readonly beside?: Readonly<Record<string, number>>
}

export type Report = {
  readonly bench: string
  readonly rows: readonly Measured[]
  /** What a reader must know to read the numbers: counts, what was skipped and why. */
  readonly notes: readonly string[]
}

export type BenchOptions = { readonly quick: boolean; readonly json: boolean; readonly gate: boolean }

const flags = {
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  gate: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** `--quick`, `--json`, `--gate` and `--help`, and the numbers that a benchmark takes by name. */
export function benchOptions<Name extends string = never>(
  help: string,
  numbers: Readonly<Record<Name, number>> = {} as Record<Name, number>,
): BenchOptions & Record<Name, number> {
  const names = Object.keys(numbers) as Name[]
  const { values } = parseArgs({
    options: { ...flags, ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])) },
  })
  if (values.help) {
    process.stdout.write(`${help}\n\n${FLAGS_HELP}\n`)
    process.exit(0)
  }
  const given = values as Record<string, string | boolean | undefined>
  const read = names.map((name) => [name, numberOption(name, given[name], numbers[name])] as const)
  return {
    quick: values.quick,
    json: values.json,
    gate: values.gate,
    ...Object.fromEntries(read),
  } as BenchOptions & Record<Name, number>
}

const FLAGS_HELP = `  --quick   fewer rounds, to see that it works; the numbers mean little
  --json    one JSON document on standard output
  --gate    exit 1 when a number is over its bar (default: 0, because a busy machine is not a defect)`

function numberOption(name: string, text: string | boolean | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  process.stderr.write(`--${name}: expected a number above 0\n`)
  process.exit(2)
}

/** Progress for people, away from the result. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Prints the report and sets the exit code. A number that is missing (NaN) misses every bar. */
export function publish(report: Report, options: BenchOptions): void {
  const missed = report.rows.filter(missesBar)
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ...report, machine: machine(), missed: missed.length })}\n`)
  else process.stdout.write(`${asText(report)}\n`)
  if (options.gate && missed.length > 0) process.exitCode = 1
}

function missesBar({ measured, bar, least }: Measured): boolean {
  return (bar !== undefined && !(measured <= bar)) || (least !== undefined && !(measured >= least))
}

// Asked now: a benchmark that binds itself to one core sees only that one later.
const CORES = availableParallelism()

function machine(): Record<string, unknown> {
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: CORES,
    loadAverage: loadavg().map((load) => Number(load.toFixed(2))),
  }
}

function asText(report: Report): string {
  const others = [...new Set(report.rows.flatMap((row) => Object.keys(row.beside ?? {})))]
  const head = ['', 'measured', 'bar', '', ...others]
  const rows = report.rows.map((row) => [
    row.what,
    `${shown(row.measured)} ${row.unit}`,
    barOf(row),
    barOf(row) === '' ? '' : missesBar(row) ? 'MISSED' : 'ok',
    ...others.map((name) => (row.beside?.[name] === undefined ? '' : shown(row.beside[name]))),
  ])
  const { node, cores, loadAverage } = machine()
  const where = `Node ${String(node)}, ${String(cores)} cores, load ${String(loadAverage)}`
  return [report.bench, '', aligned([head, ...rows]), '', ...report.notes, where].join('\n')
}

function barOf({ bar, least }: Measured): string {
  return bar !== undefined ? `<= ${bar}` : least !== undefined ? `>= ${least}` : ''
}

function shown(value: number): string {
  if (Number.isNaN(value)) return 'none'
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2)
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n')
}
