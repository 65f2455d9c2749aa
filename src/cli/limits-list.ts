import { scopeName } from '../store/accounts/allowance-tables.ts'
import { withAccounts } from './account-files.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { limitsJson, limitWords } from './limits-words.ts'
import { hasSwitch } from './parse-arguments.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export const limitsList: Command = {
  name: 'limits list',
  summary: 'List the rate limits.',
  options: [homeOption, jsonOption],
  examples: [{ line: 'musivum limits list', about: 'by whom they are for' }],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  return withAccounts(args, terminal, (accounts) => {
    const all = accounts.limits()
    if (hasSwitch(args, 'json')) {
      terminal.write(`${JSON.stringify({ limits: all.map(limitsJson) })}\n`)
      return EXIT.ok
    }
    const rows = all.map(({ scope, limits }) => [scopeName(scope), limitWords(limits).join(', ')])
    const none = 'no limits; `musivum limits set --everyone --requests-per-minute 600` sets one'
    terminal.write(`${rows.length === 0 ? none : table([['FOR', 'LIMITS'], ...rows])}\n`)
    return EXIT.ok
  })
}
