import { invalid } from '../core/errors.ts'
import { scopeName } from '../store/accounts/allowance-tables.ts'
import type { Budget, NewBudget } from '../store/accounts/accounts.ts'
import { withAccounts } from './account-files.ts'
import { budgetsWithBalances } from './account-ledger.ts'
import { scopeOf, scopeOptions, usdOption } from './account-options.ts'
import { budgetJson } from './budgets-words.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { choiceOption, hasSwitch } from './parse-arguments.ts'
import { dollars } from './run-words.ts'
import type { Terminal } from './terminal.ts'

export const budgetsSet: Command = {
  name: 'budgets set',
  summary: 'Set how much may be spent in a day, in a month, or in all.',
  options: [
    ...scopeOptions,
    { name: 'per', value: 'PERIOD', about: 'day, month (both of UTC) or total.' },
    { name: 'cap-usd', value: 'AMOUNT', about: 'US dollars, at most nine decimals. 0 stops all spending.' },
    { name: 'soft', about: 'Only say when it is used up; without it, refuse what would go over.' },
    homeOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum budgets set --team legal --per month --cap-usd 500',
      about: 'again with another cap: the new cap',
    },
    {
      line: 'musivum budgets set --everyone --per day --cap-usd 40 --soft',
      about: 'said in a header and the console',
    },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const wanted = wantedBudget(args)
  return withAccounts(args, terminal, (accounts, home) => {
    const set = accounts.setBudget(wanted)
    const views = budgetsWithBalances(home, [set])
    terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify(views.map(budgetJson)[0]) : text(set)}\n`)
    return EXIT.ok
  })
}

function wantedBudget(args: Arguments): NewBudget {
  const scope = scopeOf(budgetsSet, args)
  const period = choiceOption(args, 'per', ['day', 'month', 'total'])
  const cap = usdOption(args, 'cap-usd')
  if (period !== undefined && cap !== undefined) return { scope, period, cap, hard: !hasSwitch(args, 'soft') }
  throw invalid(
    'budgets set needs --per PERIOD and --cap-usd AMOUNT; `musivum budgets set --help` shows an example',
  )
}

function text({ scope, period, cap, hard }: Budget): string {
  const whose = scopeName(scope)
  const per = period === 'total' ? 'in all' : `per ${period}`
  const then = hard ? 'what would go over it is refused' : 'it is only said when it is used up'
  return `${whose}: ${dollars(cap)} ${per}; ${then}; a running gateway knows within a second`
}
