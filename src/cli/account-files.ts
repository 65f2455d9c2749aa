import type { Accounts } from '../store/accounts/accounts.ts'
import { openAccounts } from '../store/accounts/open-accounts.ts'
import { systemClock, systemRandom } from '../gateway/system-ports.ts'
import type { Arguments } from './command.ts'
import { gatewaySettings } from './gateway-settings.ts'
import type { Terminal } from './terminal.ts'

/**
 * Works on the keys, teams, budgets and limits of a home folder, beside a running gateway or without one: whoever may
 * write that folder needs no key.
 */
export async function withAccounts<Result>(
  args: Arguments,
  terminal: Terminal,
  work: (accounts: Accounts, home: string) => Result | Promise<Result>,
): Promise<Result> {
  const { home } = gatewaySettings(args, terminal)
  const accounts = openAccounts({ home, clock: systemClock, random: systemRandom() })
  try {
    return await work(accounts, home)
  } finally {
    accounts.close()
  }
}
