import type { Model } from '../catalog/model.ts'
import { discoverServers, type DiscoveredServer } from '../engines/discover.ts'
import { findVendor } from '../engines/vendors/find-vendor.ts'

/** Models of the servers found on loopback, named `<server>/<model>` so that two servers may know one name. */
export async function discoverModels(signal: AbortSignal, ownPort: number): Promise<readonly Model[]> {
  const servers = await discoverServers({ signal, timeoutMs: DISCOVERY_TIMEOUT_MS, ownPort })
  return servers.flatMap((server) =>
    server.models.slice(0, MAX_MODELS_PER_SERVER).map((upstreamModel) => ({
      name: `${server.kind}/${upstreamModel}`,
      binding: {
        engine: 'openai' as const,
        baseUrl: server.baseUrl,
        upstreamModel,
        ...contextOf(server, upstreamModel),
        ...(findVendor(server.kind) && { vendor: server.kind }),
      },
      price: { kind: 'owned' as const },
      toy: false,
      origin: 'discovered' as const,
    })),
  )
}

function contextOf({ contexts }: DiscoveredServer, model: string): { readonly contextTokens?: number } {
  const contextTokens = contexts?.get(model)
  return contextTokens === undefined ? {} : { contextTokens }
}

// A server on this machine answers in a few milliseconds; a start must not wait for one that hangs.
const DISCOVERY_TIMEOUT_MS = 300
const MAX_MODELS_PER_SERVER = 200
