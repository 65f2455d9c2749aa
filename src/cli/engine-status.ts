import type { EngineStatus } from '../engines/llama/install.ts'
import { EXIT, jsonOption, type Command } from './command.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'

export const engineStatus: Command = {
  name: 'engine status',
  summary: 'Say which build of the embedded engine is installed.',
  options: [homeOption, jsonOption],
  examples: [
    { line: 'musivum engine status', about: 'exit code 1 when it is not installed' },
    { line: 'musivum engine status --json', about: 'for a script' },
  ],
  async run(args, terminal) {
    const { engineStatus: statusOf } = await import('../engines/llama/install.ts')
    const status = await statusOf(gatewaySettings(args, terminal).home)
    const json = hasSwitch(args, 'json')
    terminal.write(json ? `${JSON.stringify(status)}\n` : `${sentence(status)}\n`)
    return status.installed ? EXIT.ok : EXIT.negative
  },
}

function sentence({ installed, version, gpu }: EngineStatus): string {
  if (!installed)
    return 'the embedded engine is not installed; `musivum engine install` brings it (about 85 MB)'
  return `node-llama-cpp ${version}, ${gpu ? 'with a GPU build' : 'for the processor'}`
}
