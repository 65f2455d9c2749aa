import { withAccounts } from './account-files.ts'
import { onlyOperand } from './account-options.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const teamsRemove: Command = {
  name: 'teams remove',
  summary: 'Remove a team that nothing belongs to any more.',
  operand: 'ID',
  options: [homeOption, jsonOption],
  examples: [{ line: 'musivum teams remove legal', about: 'what it spent stays in the ledger' }],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const id = onlyOperand(teamsRemove, args)
  return withAccounts(args, terminal, (accounts) => {
    accounts.removeTeam(id)
    terminal.write(
      hasSwitch(args, 'json') ? `${JSON.stringify({ id, removed: true })}\n` : `removed team ${id}\n`,
    )
    return EXIT.ok
  })
}
