import { MusivumError } from '../core/errors.ts'
import { systemClock } from '../gateway/system-ports.ts'
import { withAccounts } from './account-files.ts'
import { onlyOperand } from './account-options.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { keyCard, keyJson } from './keys-words.ts'
import { hasSwitch } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const keysShow: Command = {
  name: 'keys show',
  summary: 'Say everything that is known of a key but its secret.',
  operand: 'ID',
  options: [homeOption, jsonOption],
  examples: [{ line: 'musivum keys show mv-a1b2c3d4e5', about: 'what it allows, and when it was last used' }],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const id = onlyOperand(keysShow, args)
  return withAccounts(args, terminal, (accounts) => {
    const key = accounts.findKey(id)
    if (key === undefined)
      throw new MusivumError(
        'request.not_found',
        'there is no key with this id; `musivum keys list` shows them',
      )
    const nowMs = systemClock.now()
    terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify(keyJson(key, nowMs)) : keyCard(key, nowMs)}\n`)
    return EXIT.ok
  })
}
