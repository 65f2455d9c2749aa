import { withAccounts } from './account-files.ts'
import { onlyOperand } from './account-options.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const budgetsRemove: Command = {
  name: 'budgets remove',
  summary: 'Remove a budget; what was spent stays in the ledger.',
  operand: 'ID',
  options: [homeOption, jsonOption],
  examples: [
    { line: 'musivum budgets remove team-legal-month-hard', about: '`musivum budgets list` shows the ids' },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const id = onlyOperand(budgetsRemove, args)
  return withAccounts(args, terminal, (accounts) => {
    accounts.removeBudget(id)
    terminal.write(
      hasSwitch(args, 'json') ? `${JSON.stringify({ id, removed: true })}\n` : `removed budget ${id}\n`,
    )
    return EXIT.ok
  })
}
