import type { LocalModelsView } from '../gateway/admin/contract.ts'
import { EXIT, type Arguments, type Command } from './command.ts'
import { loadedJson, loadedTable } from './loaded-words.ts'
import { bytes } from './quantities.ts'
import { askAdmin, gatewayOptions } from './running-gateway.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsPs: Command = {
  name: 'models ps',
  summary: 'Say which models are loaded, what they hold and what they do.',
  options: gatewayOptions,
  examples: [
    { line: 'musivum models ps', about: 'of the gateway that runs on this machine' },
    { line: 'MUSIVUM_KEY=… musivum models ps --json', about: 'of one with keys, for a script' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const view = await askAdmin<LocalModelsView>(args, terminal, { method: 'GET', path: '/api/local-models' })
  const { memory, models } = view
  writeReport(args, terminal, {
    json: () => ({
      memory: {
        limit_bytes: memory.limitBytes,
        free_bytes: memory.freeBytes,
        promised_bytes: memory.promisedBytes,
      },
      models: models.map(loadedJson),
    }),
    text: () => `${loadedTable(models, Date.now())}\n\n${memoryLine(memory)}`,
  })
  return EXIT.ok
}

function memoryLine({ limitBytes, freeBytes, promisedBytes }: LocalModelsView['memory']): string {
  const limit = limitBytes === null ? 'no limit configured' : `the limit is ${bytes(limitBytes)}`
  return `${bytes(promisedBytes)} are promised to loaded models, ${bytes(freeBytes)} are free; ${limit}`
}
