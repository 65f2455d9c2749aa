import { MusivumError } from '../../core/errors.ts'
import type { Accounts } from '../../store/accounts/accounts.ts'

/** For a home folder that cannot be written and has no keys: it stays open to this machine, and no key can be made. */
export function noAccounts(problem: string): Accounts {
  const refuse = (): never => {
    throw new MusivumError('store.unavailable', problem)
  }
  return {
    hasKeys: () => false,
    createKey: refuse,
    changeKey: refuse,
    rotateKey: refuse,
    revokeKey: refuse,
    findKey: () => undefined,
    pageKeys: () => ({ keys: [], next: null }),
    createTeam: refuse,
    createProject: refuse,
    removeTeam: refuse,
    removeProject: refuse,
    teams: () => [],
    projects: () => [],
    setBudget: refuse,
    removeBudget: refuse,
    budgets: () => [],
    budgetsOf: () => [],
    setLimits: refuse,
    removeLimits: refuse,
    limits: () => [],
    limitsOf: () => ({}),
    approvals: {
      find: refuse,
      ask: refuse,
      decide: refuse,
      use: refuse,
      get: refuse,
      list: () => [],
    },
    authenticate: refuse,
    onRevoked: () => () => undefined,
    onChanged: () => () => undefined,
    close: () => undefined,
  }
}
