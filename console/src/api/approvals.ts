import { queryOptions } from '@tanstack/react-query'
import type { Approval } from '../../../src/gateway/admin/contract.ts'
import { fetchJson, send } from './admin.ts'

export type { Approval }

/** Newest first. */
export type Approvals = { readonly waiting: readonly Approval[]; readonly decided: readonly Approval[] }

/** As many as the gateway gives at a time: what waits must not be hidden by what came after it. */
const MOST_WAITING = 200
/** Two screens of what was decided lately. */
const MOST_LATELY = 50

export const approvalsQuery = queryOptions({
  queryKey: ['approvals'],
  queryFn: ({ signal }) => fetchApprovals(signal),
  // Somebody waits for an answer meanwhile.
  refetchInterval: 5_000,
  // Ages run on, though nothing in the answer has changed.
  notifyOnChangeProps: 'all',
})

export function approve(id: string): Promise<Approval> {
  return send<Approval>('POST', `/api/approvals/${encodeURIComponent(id)}/approve`, {})
}

export function deny(id: string): Promise<Approval> {
  return send<Approval>('POST', `/api/approvals/${encodeURIComponent(id)}/deny`, {})
}

async function fetchApprovals(signal: AbortSignal): Promise<Approvals> {
  const [waiting, lately] = await Promise.all([
    fetchSome(`state=pending&limit=${MOST_WAITING}`, signal),
    fetchSome(`limit=${MOST_LATELY}`, signal),
  ])
  return { waiting, decided: lately.filter(({ state }) => state !== 'pending') }
}

async function fetchSome(query: string, signal: AbortSignal): Promise<readonly Approval[]> {
  return (await fetchJson<{ approvals: readonly Approval[] }>(`/api/approvals?${query}`, signal)).approvals
}
