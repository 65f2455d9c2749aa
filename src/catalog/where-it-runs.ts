import type { WhereItRuns } from './model-facts.ts'
import { runsHere, type Binding, type OpenAiBinding } from './model.ts'
import { findSeller } from './sellers.ts'

/**
 * Where a model runs, as far as its configuration tells; of several endpoints the farthest, because any of them may get
 * the request. An address says nothing about what is behind it: a proxy on loopback that passes requests on looks like
 * this machine, and whoever configures one states `runs: remote`.
 */
export function whereItRuns(binding: Binding): WhereItRuns {
  if (runsHere(binding)) return 'in-process'
  // A package decides for itself where it calls.
  if (binding.engine === 'ai-sdk') return 'remote'
  if (binding.engine === 'openai' && isSellers(binding)) return 'remote'
  const places = [binding, ...(binding.elsewhere ?? [])].map(({ baseUrl }) => distance(hostOf(baseUrl)))
  return places.reduce((farthest, each) => (ORDER.indexOf(each) > ORDER.indexOf(farthest) ? each : farthest))
}

const ORDER: readonly WhereItRuns[] = ['in-process', 'this-machine', 'own-network', 'remote']

/** A seller's model stays the seller's when it is reached through a tunnel; Ollama passes `…-cloud` on to its own servers. */
function isSellers({ vendor, upstreamModel }: OpenAiBinding): boolean {
  return findSeller({ vendor }) !== undefined || /[-:]cloud$/.test(upstreamModel)
}

function hostOf(baseUrl: string): string {
  return (URL.parse(baseUrl)?.hostname ?? '').replace(/^\[|\]$/g, '').toLowerCase()
}

function distance(host: string): WhereItRuns {
  if (isLoopback(host)) return 'this-machine'
  return isPrivate(host) ? 'own-network' : 'remote'
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)
}

/** RFC 1918, RFC 3927, RFC 4193 and RFC 4291; names of RFC 6762, RFC 8375 and ICANN's `.internal`, which no public server resolves. */
function isPrivate(host: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host))
    return /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)/.test(host)
  if (host.includes(':')) return /^(f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/.test(host)
  return /\.(internal|local|home\.arpa)$/.test(host)
}
