import { invalid } from '../core/errors.ts'
import { systemClock } from '../gateway/system-ports.ts'
import type { KeyChange } from '../store/accounts/accounts.ts'
import { withAccounts } from './account-files.ts'
import { onlyOperand } from './account-options.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { allowanceOptions, allowancesOf, cacheOf, cacheOption, noCacheOption } from './keys-options.ts'
import { keyCard, keyJson } from './keys-words.ts'
import { hasSwitch, textOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const keysChange: Command = {
  name: 'keys change',
  summary: 'Change what a key allows; its secret stays.',
  operand: 'ID',
  options: [
    { name: 'name', value: 'TEXT', about: 'What it is called.' },
    ...allowanceOptions,
    cacheOption,
    noCacheOption,
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum keys change mv-a1b2c3d4e5 --expires 2027-01-31', about: 'good until then' },
    { line: 'musivum keys change mv-a1b2c3d4e5 --models all', about: 'no longer only some models' },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const id = onlyOperand(keysChange, args)
  const change = changeOf(args)
  return withAccounts(args, terminal, (accounts) => {
    const key = accounts.changeKey(id, change)
    const nowMs = systemClock.now()
    terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify(keyJson(key, nowMs)) : keyCard(key, nowMs)}\n`)
    return EXIT.ok
  })
}

function changeOf(args: Arguments): KeyChange {
  const name = textOption(args, 'name')
  const change = {
    ...(name === undefined ? {} : { name }),
    ...allowancesOf(args, systemClock.now()),
    ...cacheOf(args),
  }
  if (Object.keys(change).length > 0) return change
  throw invalid('keys change needs something to change; `musivum keys change --help` shows what there is')
}
