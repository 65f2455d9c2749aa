import { systemClock } from '../gateway/system-ports.ts'
import { withAccounts } from './account-files.ts'
import { onlyOperand } from './account-options.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { keyJson } from './keys-words.ts'
import { hasSwitch } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const keysRevoke: Command = {
  name: 'keys revoke',
  summary: 'Refuse a key from now on and end its open streams.',
  operand: 'ID',
  options: [homeOption, jsonOption],
  examples: [{ line: 'musivum keys revoke mv-a1b2c3d4e5', about: 'a running gateway knows within a second' }],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const id = onlyOperand(keysRevoke, args)
  return withAccounts(args, terminal, (accounts) => {
    const key = accounts.revokeKey(id)
    const text = `key ${key.id} "${key.name}" is refused from now on; a running gateway knows within a second`
    terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify(keyJson(key, systemClock.now())) : text}\n`)
    return EXIT.ok
  })
}
