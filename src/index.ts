/** Musivum as a library: the gateway in your own process. Everything else is an implementation detail until it is listed here. */
export { startGateway, type GatewayOptions, type RunningGateway } from './gateway/gateway.ts'
export type { ConfigView, ModelView, StateView } from './gateway/admin/contract.ts'
export type { RequestPage, RequestRow, Rollup, StoreHealth } from './store/store.ts'
export { errors, MusivumError, type ErrorCode, type ErrorKind } from './core/errors.ts'
