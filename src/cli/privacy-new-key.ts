import { systemRandom } from '../gateway/system-ports.ts'
import { makeScopeKey } from '../store/scope-key.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { configOption, gatewaySettings, homeOption } from './gateway-settings.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const privacyNewKey: Command = {
  name: 'privacy new-key',
  summary: 'Make a new key for stand-ins where the old one is lost.',
  options: [configOption, homeOption, jsonOption],
  examples: [
    {
      line: 'musivum privacy new-key',
      about: 'only where no key is: the same values get other stand-ins from then on',
    },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const { home, env } = gatewaySettings(args, terminal)
  makeScopeKey({ home, env, random: systemRandom() })
  writeReport(args, terminal, { json: () => ({ made: 'data/scope.key' }), text: () => MADE })
  return Promise.resolve(EXIT.ok)
}

const MADE =
  'data/scope.key in the home directory is new: keep a copy of it; the same values have other stand-ins from now on'
