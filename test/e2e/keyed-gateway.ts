import type { BudgetView, KeyWithSecret, NewBudgetBody } from '../../src/gateway/admin/contract.ts'
import type { NewKey, RateLimits, Scope } from '../../src/store/accounts/accounts.ts'
import type { LedgerLine } from '../../src/store/ledger/ledger.ts'
import type { RequestRow } from '../../src/store/store.ts'
import { startTestGateway, type Config, type TestGateway } from './running-gateway.ts'

/** A gateway that has keys, with what its administrator does. */
export type KeyedGateway = TestGateway & {
  /** The secret of the first key, an administrator's. */
  readonly admin: string
  readonly makeKey: (wanted: Partial<NewKey>) => Promise<KeyWithSecret>
  readonly budget: (wanted: Partial<NewBudgetBody> & Pick<NewBudgetBody, 'capUsd'>) => Promise<BudgetView>
  readonly budgets: () => Promise<readonly BudgetView[]>
  readonly limit: (scope: Scope, limits: RateLimits) => Promise<void>
  /** As the administrator; fails with what the gateway said. */
  readonly manage: <View>(method: string, path: string, body?: object) => Promise<View>
  readonly requestOf: (
    response: Response,
  ) => Promise<RequestRow & { readonly charges: readonly LedgerLine[] }>
}

export async function startKeyedGateway(
  config: Config = {},
  env: Record<string, string> = {},
): Promise<KeyedGateway> {
  const gateway = await startTestGateway(config, env)
  let admin = ''
  const manage = async <View>(method: string, path: string, body?: object): Promise<View> => {
    const response = await fetch(gateway.origin + path, {
      method,
      headers: { 'content-type': 'application/json', ...(admin !== '' && bearer(admin)) },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as View
  }
  const makeKey = (wanted: Partial<NewKey>): Promise<KeyWithSecret> =>
    manage('POST', '/api/keys', { name: 'someone', ...wanted })
  admin = (await makeKey({ name: 'admin', role: 'admin' })).secret
  return {
    ...gateway,
    admin,
    manage,
    makeKey,
    budget: (wanted) =>
      manage('POST', '/api/budgets', { scope: { kind: 'everyone' }, period: 'total', ...wanted }),
    budgets: async () =>
      (await manage<{ readonly budgets: readonly BudgetView[] }>('GET', '/api/budgets')).budgets,
    async limit(scope, limits) {
      await manage('PUT', '/api/limits', { scope, ...limits })
    },
    requestOf: (response) => manage('GET', `/api/requests/${response.headers.get('x-musivum-request-id')}`),
  }
}

export function bearer(secret: string): { readonly authorization: string } {
  return { authorization: `Bearer ${secret}` }
}

/** Options of a request with this key, for `chat`. */
export function as(secret: string, more: Record<string, string> = {}): RequestInit {
  return { headers: { 'content-type': 'application/json', ...bearer(secret), ...more } }
}
