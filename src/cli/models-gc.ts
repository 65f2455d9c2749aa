import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { MusivumError } from '../core/errors.ts'
import { collectGarbage, type Collected } from '../weights/collect-garbage.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import { bytes } from './quantities.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsGc: Command = {
  name: 'models gc',
  summary: 'Remove weights that no pulled model needs.',
  options: [
    { name: 'dry-run', about: 'Say what would be removed and remove nothing.' },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum models gc --dry-run', about: 'how much room it would make' },
    {
      line: 'musivum models gc',
      about: 'blobs without a model, and downloads nobody went on with for a week',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const { home } = gatewaySettings(args, terminal)
  const dryRun = hasSwitch(args, 'dry-run')
  const collected = await collectGarbage({ home, nowMs: Date.now(), dryRun })
  const { blobs, partials, youngPartials, freedBytes, busy, unread } = collected
  if (busy)
    throw new MusivumError('store.unavailable', 'a model is being pulled; try again when that has ended')
  if (unread.length > 0)
    throw new MusivumError(
      'engine.weights_damaged',
      `nothing is removed: nobody knows what ${unread.join(', ')} needs, since its manifest cannot be read; \`musivum models verify\` says why, \`musivum models rm ${unread[0]}\` removes it`,
    )
  writeReport(args, terminal, {
    json: () => ({ dry_run: dryRun, blobs, partials, kept_partials: youngPartials, freed_bytes: freedBytes }),
    text: () => words(collected, dryRun),
  })
  return EXIT.ok
}

function words({ blobs, partials, youngPartials, freedBytes }: Collected, dryRun: boolean): string {
  const kept =
    youngPartials === 0
      ? ''
      : `; ${youngPartials} unfinished files of the last week stay, so that a pull can go on`
  const removed = `${blobs} blobs and ${partials} unfinished files, ${bytes(freedBytes)}`
  return `${dryRun ? 'would remove' : 'removed'} ${removed}${kept}`
}
