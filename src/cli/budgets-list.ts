import { withAccounts } from './account-files.ts'
import { budgetsWithBalances } from './account-ledger.ts'
import { budgetJson, budgetTable } from './budgets-words.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const budgetsList: Command = {
  name: 'budgets list',
  summary: 'List the budgets with what is spent, held and left.',
  options: [homeOption, jsonOption],
  examples: [{ line: 'musivum budgets list', about: 'held is set aside for answers on their way' }],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  return withAccounts(args, terminal, (accounts, home) => {
    const budgets = budgetsWithBalances(home, accounts.budgets())
    if (hasSwitch(args, 'json')) {
      terminal.write(`${JSON.stringify({ budgets: budgets.map(budgetJson) })}\n`)
      return EXIT.ok
    }
    const none = 'no budgets; `musivum budgets set --everyone --per month --cap-usd 100` sets one'
    terminal.write(`${budgets.length === 0 ? none : budgetTable(budgets)}\n`)
    return EXIT.ok
  })
}
