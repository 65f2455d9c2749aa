import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { toMusivumError } from '../core/errors.ts'
import type { Clock, Ids, Random } from '../core/ports.ts'
import type { Accounts } from '../store/accounts/accounts.ts'
import { openAccounts } from '../store/accounts/open-accounts.ts'
import type { Ledger } from '../store/ledger/ledger.ts'
import { openLedger } from '../store/ledger/open-ledger.ts'
import { noAccounts } from './access/no-accounts.ts'
import { noLedger } from './spending/no-ledger.ts'

export type Books = {
  readonly accounts: Accounts
  readonly ledger: Ledger
  readonly close: () => Promise<void>
}

export type BooksOptions = {
  readonly home: string
  readonly clock: Clock
  readonly ids: Ids
  readonly random: Random
  readonly log: (line: string) => void
  readonly keepDays: () => number
  /** A command's own gateway, which may run beside one that owns the ledger. */
  readonly besideOthers: boolean
}

/**
 * Keys and money of a home folder. A folder that cannot be written still gets a gateway where nothing was ever limited there;
 * one that has keys or budgets and cannot be read gets none, because it would let everybody in.
 *
 * @throws MusivumError `store.unavailable`
 */
export async function openBooks(options: BooksOptions): Promise<Books> {
  const accounts = openOrWithout(options)
  try {
    const ledger = await openLedgerOrWithout(options, accounts)
    const close = async (): Promise<void> => {
      await ledger.close()
      accounts.close()
    }
    return { accounts, ledger, close }
  } catch (error) {
    accounts.close()
    throw error
  }
}

function openOrWithout({ home, clock, random, log }: BooksOptions): Accounts {
  try {
    return openAccounts({ home, clock, random, log })
  } catch (error) {
    if (existsSync(join(home, 'data', 'main.db'))) throw error
    const problem = `no keys and budgets can be kept: ${toMusivumError(error).message}`
    log(problem)
    return noAccounts(problem)
  }
}

async function openLedgerOrWithout(options: BooksOptions, accounts: Accounts): Promise<Ledger> {
  const { home, clock, ids, log, keepDays, besideOthers } = options
  // A question from the command line beside a running gateway does not wait for that to stop.
  const limits = besideOthers ? { keepDays, ownerWaitMs: 0 } : { keepDays }
  try {
    return await openLedger({ home, clock, ids, accounts, log, limits })
  } catch (error) {
    const noBudget = accounts.budgets().length === 0
    const neverKept = !existsSync(join(home, 'data', 'ledger.db'))
    if (!noBudget || !(besideOthers || (neverKept && !accounts.hasKeys()))) throw error
    const problem = `what is spent is in the request log only: ${toMusivumError(error).message}`
    log(problem)
    return noLedger(problem)
  }
}
