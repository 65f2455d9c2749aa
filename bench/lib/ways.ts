import type { BareProxyJob, BareProxyStarted } from '../bare-proxy.ts'
import type { UpstreamStarted } from '../mock-upstream.ts'
import { startWorker, type Worker } from './child.ts'
import { startGatewayProcess } from './gateway-process.ts'
import { startNginx } from './nginx.ts'
import { startPortkey } from './portkey.ts'
import { withChildren } from './process-cost.ts'

export type WayName = 'direct' | 'nginx' | 'bare undici' | 'portkey' | 'musivum'

/** Where requests for one upstream go. */
export type Target = { readonly origin: string; readonly headers: Readonly<Record<string, string>> }

/** One way from the load generator to each of the upstreams. */
export type Way<Lane extends string> = {
  readonly name: WayName
  readonly targets: Readonly<Record<Lane, Target>>
  /** The processes whose work is the proxy's. */
  readonly pids: () => readonly number[]
}

export type OpenedWays<Lane extends string> = {
  readonly ways: readonly Way<Lane>[]
  /** What is not measured on this machine, and why. */
  readonly leftOut: readonly string[]
}

export type WaysSetup = { readonly folder: string; readonly resources: AsyncDisposableStack }

/**
 * All ways to the same upstreams, each in processes of its own. A lane is an upstream and the name of the model that leads
 * to it through the gateway.
 */
export async function openWays<Lane extends string>(
  upstreams: Readonly<Record<Lane, UpstreamStarted>>,
  setup: WaysSetup,
): Promise<OpenedWays<Lane>> {
  const peer = await portkeyWay(upstreams, setup)
  const nginx = await nginxWay(upstreams, setup)
  const ways = [
    { name: 'direct' as const, targets: mapped(upstreams, ({ port }) => at(origin(port))), pids: () => [] },
    ...(nginx === undefined ? [] : [nginx]),
    await bareWay(upstreams, setup),
    ...('leftOut' in peer ? [] : [peer]),
    await musivumWay(upstreams, setup),
  ]
  return {
    ways,
    leftOut: [
      ...(nginx === undefined ? ['nginx is not on this machine: left out.'] : []),
      ...('leftOut' in peer ? [`Portkey is left out: ${peer.leftOut}.`] : []),
    ],
  }
}

async function nginxWay<Lane extends string>(
  upstreams: Readonly<Record<Lane, UpstreamStarted>>,
  { folder, resources }: WaysSetup,
): Promise<Way<Lane> | undefined> {
  const lanes = Object.keys(upstreams) as Lane[]
  const nginx = await startNginx(
    folder,
    lanes.map((lane) => upstreams[lane].port),
  )
  if (nginx === undefined) return undefined
  resources.use(nginx)
  return {
    name: 'nginx',
    targets: mapped(upstreams, (_, lane) => at(nginx.urls[lanes.indexOf(lane)] ?? '')),
    pids: nginx.pids,
  }
}

async function bareWay<Lane extends string>(
  upstreams: Readonly<Record<Lane, UpstreamStarted>>,
  { resources }: WaysSetup,
): Promise<Way<Lane>> {
  const lanes = Object.keys(upstreams) as Lane[]
  const bare: Worker<BareProxyJob, BareProxyStarted> = resources.use(await startWorker('bare-proxy.ts'))
  const { urls } = await bare.run({ origins: lanes.map((lane) => origin(upstreams[lane].port)) })
  return {
    name: 'bare undici',
    targets: mapped(upstreams, (_, lane) => at(urls[lanes.indexOf(lane)] ?? '')),
    pids: () => [bare.pid],
  }
}

async function portkeyWay<Lane extends string>(
  upstreams: Readonly<Record<Lane, UpstreamStarted>>,
  { folder, resources }: WaysSetup,
): Promise<Way<Lane> | { readonly leftOut: string }> {
  const portkey = await startPortkey(folder)
  if ('leftOut' in portkey) return portkey
  resources.use(portkey)
  return {
    name: 'portkey',
    targets: mapped(upstreams, ({ url }) => ({ origin: portkey.origin, headers: portkey.headersFor(url) })),
    pids: () => withChildren(portkey.pid),
  }
}

async function musivumWay<Lane extends string>(
  upstreams: Readonly<Record<Lane, UpstreamStarted>>,
  { folder, resources }: WaysSetup,
): Promise<Way<Lane>> {
  const models = mapped(upstreams, ({ url }) => ({
    engine: 'openai',
    base_url: url,
    model: 'fast',
    key: 'env:BENCH_KEY',
  }))
  const gateway = resources.use(
    await startGatewayProcess({
      home: folder,
      config: { discover: false, models },
      env: { BENCH_KEY: 'bench' },
    }),
  )
  return {
    name: 'musivum',
    targets: mapped(upstreams, () => at(gateway.url)),
    pids: () => withChildren(gateway.pid),
  }
}

function at(url: string): Target {
  return { origin: url, headers: {} }
}

function origin(port: number): string {
  return `http://127.0.0.1:${port}`
}

function mapped<Lane extends string, From, To>(
  values: Readonly<Record<Lane, From>>,
  change: (value: From, lane: Lane) => To,
): Readonly<Record<Lane, To>> {
  const entries = (Object.keys(values) as Lane[]).map((lane) => [lane, change(values[lane], lane)] as const)
  return Object.fromEntries(entries) as Record<Lane, To>
}
