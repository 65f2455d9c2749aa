import type { LocalModelView } from '../gateway/admin/contract.ts'
import { EXIT, type Arguments, type Command } from './command.ts'
import { loadedJson, localModelOf, sizeWords } from './loaded-words.ts'
import { askAdmin, gatewayOptions } from './running-gateway.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsWarm: Command = {
  name: 'models warm',
  summary: 'Load a model now, so that nobody has to wait for it.',
  operand: 'NAME',
  options: gatewayOptions,
  examples: [
    { line: 'musivum models warm starter-l', about: 'it stays as long as its keep_alive says' },
    { line: 'musivum models warm starter-l --json', about: 'with what it holds' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const model = await askAdmin<LocalModelView>(args, terminal, {
    method: 'POST',
    path: '/api/local-models/warm',
    body: { model: localModelOf(modelsWarm, args) },
  })
  writeReport(args, terminal, {
    json: () => ({ models: [loadedJson(model)] }),
    text: () => `${model.name} is loaded: ${sizeWords(model)}`,
  })
  return EXIT.ok
}
