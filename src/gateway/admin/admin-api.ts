import { z } from 'zod'
import { packageVersion } from '../package-files.ts'
import type { Route } from '../route-table.ts'
import { approvalEndpoints, type ApprovalParts } from './approvals.ts'
import { budgetEndpoints, type BudgetParts } from './budgets.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { keyEndpoints, type KeyParts } from './keys.ts'
import { limitEndpoints } from './limits.ts'
import { localModelEndpoints, type LocalModelParts } from './local-models.ts'
import { liveEndpoints, type LiveParts } from './live.ts'
import { named } from './named-schemas.ts'
import { openApiDocument, type OpenApi } from './openapi.ts'
import { projectEndpoints } from './projects.ts'
import { contentEndpoints, type ContentParts } from './request-content.ts'
import { requestEndpoints, type RequestParts } from './requests.ts'
import { spendEndpoints, type SpendParts } from './spend.ts'
import { stateEndpoints, type StateParts } from './state.ts'
import { teamEndpoints } from './teams.ts'

export type AdminParts = StateParts &
  LocalModelParts &
  LiveParts &
  RequestParts &
  ContentParts &
  KeyParts &
  BudgetParts &
  SpendParts &
  ApprovalParts

/** What the console and scripts ask; the shapes are in contract.ts, and for other languages at /api/openapi.json. */
export function adminRoutes(parts: AdminParts): readonly Route[] {
  return adminEndpoints(parts)
}

/** The whole admin API: nothing under /api is served that is not in this list. */
export function adminEndpoints(parts: AdminParts): readonly Endpoint[] {
  let document: OpenApi | undefined
  const endpoints: readonly Endpoint[] = [
    ...stateEndpoints(parts),
    ...localModelEndpoints(parts),
    ...liveEndpoints(parts),
    ...requestEndpoints(parts),
    ...contentEndpoints(parts),
    ...approvalEndpoints(parts),
    ...keyEndpoints(parts),
    ...teamEndpoints(parts.accounts),
    ...projectEndpoints(parts.accounts),
    ...budgetEndpoints(parts),
    ...limitEndpoints(parts.accounts),
    ...spendEndpoints(parts),
    endpoint({
      method: 'GET',
      path: '/api/openapi.json',
      access: 'member',
      name: 'getOpenApi',
      about: 'This document.',
      answer: { about: 'The OpenAPI 3.1 document.', schema: anyDocument },
      run: () => (document ??= openApiDocument(endpoints, packageVersion)),
    }),
  ]
  return endpoints
}

const anyDocument = named('OpenApi', z.record(z.string(), z.unknown()))
