import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { progress } from '../lib/report.ts'
import { evidenceOptions, isMet, lineOf, publishFigures, type EvidenceReport } from './lib/bars.ts'

const HELP = `Every benchmark of the evidence engine, each in a process of its own, and a table of all their numbers at the end.

  node bench/evidence/all.ts [--json] [--gate] [--quick]`

const BENCHES = ['votes', 'unequal-pool', 'certificates', 'e-process', 'ppi', 'scale']

const options = evidenceOptions(HELP)
const reports: EvidenceReport[] = []
for (const bench of BENCHES) {
  progress(`${bench} …`)
  const report = await run(bench)
  for (const figure of report.figures) progress(lineOf(figure))
  reports.push(report)
}
const figures = reports.flatMap((report) => report.figures)
publishFigures({ bench: 'evidence', figures }, options)
const judged = figures.filter((figure) => isMet(figure) !== undefined)
progress(`${judged.filter(isMet).length} of ${judged.length} bars are met`)

/** The others print their progress on our standard error; one that could not be run ends us with its exit code. */
function run(bench: string): Promise<EvidenceReport> {
  const script = fileURLToPath(new URL(`${bench}.ts`, import.meta.url))
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [script, '--json', ...(options.quick ? ['--quick'] : [])],
      (error, out) => {
        if (error === null) return resolve(JSON.parse(out) as EvidenceReport)
        progress(`${bench} could not be run`)
        process.exit(typeof error.code === 'number' ? error.code : 2)
      },
    )
    child.stderr?.pipe(process.stderr)
  })
}
