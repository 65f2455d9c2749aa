import { benchOptions, type BenchOptions } from '../../lib/report.ts'

/** One number of the evidence engine beside what it must reach; without a bar it is only told. */
export type Figure = {
  readonly what: string
  readonly figure: number
  readonly unit: string
  readonly atMost?: number
  readonly atLeast?: number
  /** What a reader compares it with, in words. */
  readonly beside?: string
}

export type EvidenceReport = { readonly bench: string; readonly figures: readonly Figure[] }

/** A number that is not there (NaN) meets no bar. */
export function isMet({ figure, atMost, atLeast }: Figure): boolean | undefined {
  if (atMost === undefined && atLeast === undefined) return undefined
  return (atMost === undefined || figure <= atMost) && (atLeast === undefined || figure >= atLeast)
}

/** `--quick`, `--json`, `--gate` and `--help`, as in every benchmark. */
export function evidenceOptions(help: string): BenchOptions {
  return benchOptions(help)
}

/** Prints a line per figure, or one JSON document; with --gate a bar that is missed is exit code 1. */
export function publishFigures(report: EvidenceReport, options: BenchOptions): void {
  process.stdout.write(
    options.json
      ? `${JSON.stringify(report)}\n`
      : `${[report.bench, ...report.figures.map(lineOf)].join('\n')}\n`,
  )
  if (options.gate && report.figures.some((figure) => isMet(figure) === false)) process.exitCode = 1
}

/** `met     0.94 share  >= 0.92  PPI++ covers the truth, medqa (labels alone: width 0.18)` */
export function lineOf(figure: Figure): string {
  const met = isMet(figure)
  const verdict = met === undefined ? '' : met ? 'met' : 'MISSED'
  const beside = figure.beside === undefined ? '' : ` (${figure.beside})`
  const measured = `${shown(figure.figure)} ${figure.unit}`
  return `  ${verdict.padEnd(6)}  ${measured.padStart(14)}  ${barOf(figure).padEnd(9)}  ${figure.what}${beside}`
}

function barOf({ atMost, atLeast }: Figure): string {
  if (atMost !== undefined) return `<= ${shown(atMost)}`
  return atLeast === undefined ? '' : `>= ${shown(atLeast)}`
}

function shown(value: number): string {
  return Number.isNaN(value) ? 'none' : String(Number(value.toPrecision(4)))
}
