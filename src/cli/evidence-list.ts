import { relative } from 'node:path'
import { systemClock } from '../gateway/system-ports.ts'
import type { RunRow } from '../store/evidence/evidence-store.ts'
import { openEvidenceStore } from '../store/evidence/open-evidence-store.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { hasSwitch, wholeNumberOption } from './parse-arguments.ts'
import { dollars } from './run-words.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export const evidenceList: Command = {
  name: 'evidence list',
  summary: 'List the runs of this machine with what they proved.',
  options: [
    { name: 'limit', value: 'N', about: 'The newest N runs; 20 unless given.' },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum evidence list', about: 'what was run, what it cost, what it proved' },
    { line: 'musivum evidence list --limit 100 --json', about: 'the same as one document' },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const { home } = gatewaySettings(args, terminal)
  const limit = wholeNumberOption(args, 'limit', 1, 100_000) ?? 20
  const store = openEvidenceStore({ home, clock: systemClock })
  try {
    const runs = store.listRuns(limit)
    const json = hasSwitch(args, 'json')
    terminal.write(
      json
        ? `${JSON.stringify({ runs: runs.map((row) => runJson(row, terminal)) })}\n`
        : text(runs, terminal),
    )
    return Promise.resolve(EXIT.ok)
  } finally {
    store.close()
  }
}

function text(runs: readonly RunRow[], terminal: Terminal): string {
  if (runs.length === 0) return 'no runs yet; `musivum evidence run TASK.yaml` makes one\n'
  const head = ['STARTED', 'TASK', 'STATE', 'ITEMS', 'CALLS MADE', 'PAID', 'FOLDER']
  const rows = runs.map((row) => [
    new Date(row.startedMs).toISOString().slice(0, 16).replace('T', ' '),
    row.task,
    STATES[row.state],
    String(row.items),
    row.asked === null ? '-' : String(row.asked),
    row.costNanoUsd === null ? '-' : dollars(row.costNanoUsd),
    shownFolder(row, terminal),
  ])
  const lines = table([head, ...rows]).split('\n')
  const verdicts = runs.map(({ verdicts: each }) => each.map(({ because }) => `    ${because}`))
  return `${lines.flatMap((line, place) => [line, ...(place === 0 ? [] : (verdicts[place - 1] ?? []))]).join('\n')}\n`
}

const STATES: Readonly<Record<RunRow['state'], string>> = {
  running: 'not finished',
  complete: 'complete',
  ceiling: 'stopped at its ceiling',
  interrupted: 'stopped',
  failed: 'failed',
}

function shownFolder({ folder }: RunRow, { cwd }: Terminal): string {
  return relative(cwd, folder) || '.'
}

function runJson(row: RunRow, terminal: Terminal) {
  return {
    run: row.id,
    task: row.task,
    state: row.state,
    started: new Date(row.startedMs).toISOString(),
    ended: row.endedMs === null ? null : new Date(row.endedMs).toISOString(),
    reference: row.reference,
    candidates: row.candidates,
    items: row.items,
    calls: row.calls,
    calls_made: row.asked,
    failed: row.failed,
    cost_usd: row.costNanoUsd === null ? null : row.costNanoUsd / 1e9,
    folder: shownFolder(row, terminal),
    outcomes_sha256: row.sha256,
    verdicts: row.verdicts,
  }
}
