import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { invalid } from '../core/errors.ts'
import { removeModel, type Removed } from '../weights/remove-model.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { bytes } from './quantities.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsRm: Command = {
  name: 'models rm',
  summary: 'Take a pulled model off this machine.',
  operand: 'NAME',
  options: [homeOption, jsonOption],
  examples: [
    { line: 'musivum models rm qwen3-8b-q4_k_m', about: 'blobs that other models need stay' },
    { line: 'musivum models rm mine --json', about: 'with the bytes that became free' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const { home } = gatewaySettings(args, terminal)
  const removed = await removeModel(nameOf(args), { home, nowMs: Date.now() })
  const { name, freedBytes, later } = removed
  writeReport(args, terminal, {
    json: () => ({ models: [{ name, removed: true, freed_bytes: freedBytes, blobs_later: later }] }),
    text: () => words(removed),
  })
  return EXIT.ok
}

function nameOf({ operands }: Arguments): string {
  const [name, extra] = operands
  if (name === undefined)
    throw invalid('models rm needs the NAME of a pulled model; `musivum models list` says them')
  if (extra !== undefined)
    throw invalid(`models rm takes one NAME, but "${extra.slice(0, 80)}" was given too`)
  return name
}

function words({ name, freedBytes, later }: Removed): string {
  return later
    ? `${name} is removed; its files are still there, because something is kept or being pulled: \`musivum models gc\` says more`
    : `${name} is removed, ${bytes(freedBytes)} became free`
}
