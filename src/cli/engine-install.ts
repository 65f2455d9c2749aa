import type { GpuChoice } from '../engines/llama/install.ts'
import { EXIT, jsonOption, type Command } from './command.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { invalid } from '../core/errors.ts'
import { hasSwitch, textOption } from './parse-arguments.ts'

const GPU = ['auto', 'cuda', 'vulkan', 'metal', 'none'] as const satisfies readonly GpuChoice[]

export const engineInstall: Command = {
  name: 'engine install',
  summary: 'Install the embedded engine, or the GPU build that fits.',
  options: [
    {
      name: 'gpu',
      value: GPU.join('|'),
      about: 'Also the build for this kind of GPU; auto takes what this machine has.',
    },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum engine install', about: 'for the processor, about 85 MB' },
    { line: 'musivum engine install --gpu auto', about: 'with the build for the GPU of this machine' },
  ],
  async run(args, terminal) {
    const gpu = gpuOption(textOption(args, 'gpu'))
    const { home } = gatewaySettings(args, terminal)
    const { engineStatus, installEngine } = await import('../engines/llama/install.ts')
    const log = (line: string) => terminal.note(line, 'dim')
    await installEngine({ home, ...(gpu === undefined ? {} : { gpu }), log, signal: terminal.signal })
    const status = await engineStatus(home)
    terminal.write(
      hasSwitch(args, 'json') ? `${JSON.stringify(status)}\n` : `the embedded engine is installed\n`,
    )
    return EXIT.ok
  },
}

function gpuOption(text: string | undefined): GpuChoice | undefined {
  const gpu = GPU.find((known) => known === text)
  if (text !== undefined && gpu === undefined)
    throw invalid(`--gpu: expected one of ${GPU.join(', ')}, not "${text}"`)
  return gpu
}
