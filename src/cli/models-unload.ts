import type { LocalModelView } from '../gateway/admin/contract.ts'
import { EXIT, type Arguments, type Command } from './command.ts'
import { loadedJson, localModelOf } from './loaded-words.ts'
import { hasSwitch } from './parse-arguments.ts'
import { askAdmin, gatewayOptions } from './running-gateway.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsUnload: Command = {
  name: 'models unload',
  summary: 'Give the memory of a model back.',
  operand: 'NAME',
  options: [
    {
      name: 'now',
      about: 'Do not wait for what it is answering: those requests fail and may be tried again.',
    },
    ...gatewayOptions,
  ],
  examples: [
    {
      line: 'musivum models unload starter-l',
      about: 'after what it is answering; the next request loads it',
    },
    { line: 'musivum models unload starter-l --now --json', about: 'at once' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const model = await askAdmin<LocalModelView>(args, terminal, {
    method: 'POST',
    path: '/api/local-models/unload',
    body: { model: localModelOf(modelsUnload, args), ...(hasSwitch(args, 'now') && { now: true }) },
  })
  writeReport(args, terminal, {
    json: () => ({ models: [loadedJson(model)] }),
    text: () =>
      model.pid === null
        ? `${model.name} is not loaded`
        : `${model.name} was unloaded, and somebody has asked for it since`,
  })
  return EXIT.ok
}
