import { scopeName } from '../store/accounts/allowance-tables.ts'
import { withAccounts } from './account-files.ts'
import { scopeOf, scopeOptions } from './account-options.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const limitsRemove: Command = {
  name: 'limits remove',
  summary: 'Take all rate limits of a team, project, key or everyone away.',
  options: [...scopeOptions, homeOption, jsonOption],
  examples: [{ line: 'musivum limits remove --team legal', about: 'no limits of its own any more' }],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const scope = scopeOf(limitsRemove, args)
  return withAccounts(args, terminal, (accounts) => {
    accounts.removeLimits(scope)
    const text = `${scopeName(scope)}: no limits`
    terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify({ scope, removed: true }) : text}\n`)
    return EXIT.ok
  })
}
