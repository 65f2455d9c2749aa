import type { Watched } from './endpoint.ts'

/**
 * How requests are spread: `latency` takes the better of two drawn by weight, by their recent time to first content and
 * the requests they are answering (power of two choices); `weight` is the weights alone; `load` the fewest requests per weight.
 */
export type Balance = 'latency' | 'weight' | 'load'

export type Choice = {
  readonly balance: Balance
  readonly nowMs: number
  /** A number in 0..1, drawn anew each time. */
  readonly draw: () => number
  /** Chosen as long as it is open and not resting. */
  readonly prefer?: Watched
}

/**
 * The endpoint for the next try among `open`, which must not be empty. Those that work come first; then those that may
 * be probed; when every one is resting, the one that has rested longest is tried all the same: a request that might fail
 * is better than one that must.
 */
export function chooseEndpoint(open: readonly Watched[], choice: Choice): Watched {
  const { nowMs, prefer } = choice
  const [first] = open
  if (open.length === 1 && first !== undefined) return first
  const rested = open.filter(({ shunnedUntilMs }) => shunnedUntilMs <= nowMs)
  if (prefer !== undefined && rested.includes(prefer) && prefer.breaker.stateAt(nowMs) !== 'open')
    return prefer
  const working = rested.filter(({ breaker }) => breaker.stateAt(nowMs) === 'closed')
  // A probe is worth a request even while others work, or a healed endpoint would stay out for as long as they do.
  const probe = rested.find(({ breaker }) => breaker.stateAt(nowMs) === 'half-open')
  if (probe !== undefined && (working.length === 0 || choice.draw() < PROBE_SHARE)) return probe
  if (working.length > 0) return balanced(working, choice)
  return open.toSorted((a, b) => readyAtMs(a) - readyAtMs(b))[0] as Watched
}

/** One in ten: enough to notice within seconds under any load worth balancing. */
const PROBE_SHARE = 0.1

function readyAtMs({ breaker, shunnedUntilMs }: Watched): number {
  return Math.max(breaker.probeAtMs(), shunnedUntilMs)
}

function balanced(endpoints: readonly Watched[], { balance, nowMs, draw }: Choice): Watched {
  const first = drawn(endpoints, draw())
  if (endpoints.length === 1 || balance === 'weight') return first
  if (balance === 'load')
    return endpoints.reduce((best, each) => (load(each) < load(best) ? each : best), first)
  const second = drawn(
    endpoints.filter((endpoint) => endpoint !== first),
    draw(),
  )
  return expected(second, nowMs) < expected(first, nowMs) ? second : first
}

function drawn(endpoints: readonly Watched[], draw: number): Watched {
  const total = endpoints.reduce((sum, { weight }) => sum + weight, 0)
  let left = draw * total
  for (const endpoint of endpoints) {
    left -= endpoint.weight
    if (left < 0) return endpoint
  }
  return endpoints.at(-1) as Watched
}

function load({ active, weight }: Watched): number {
  return active / weight
}

/** One that was never measured is the better guess: it has to be measured some time. */
function expected({ latency, active }: Watched, nowMs: number): number {
  return latency.at(nowMs) * (active + 1)
}
