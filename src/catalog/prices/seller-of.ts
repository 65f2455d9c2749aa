import { runsHere, type Binding, type LlamaBinding, type LlamaServerBinding, type Model } from '../model.ts'
import { findSeller, sellerNamed } from '../sellers.ts'

/** Who bills for a model, and what the seller calls it; undefined where nobody does, or nobody can tell. */
export type SoldAs = {
  readonly seller: string
  readonly model: string
  /** A place that the address asks for, where the seller charges for that. */
  readonly region?: string
}

export function sellerOf({ binding }: Model): SoldAs | undefined {
  if (runsHere(binding)) return undefined
  const seller = sellerOfBinding(binding)
  if (seller === undefined) return undefined
  const region = binding.engine === 'openai' ? REGION_OF_OPENAI.exec(hostOf(binding.baseUrl))?.[1] : undefined
  return { seller, model: binding.upstreamModel, ...(region !== undefined && { region }) }
}

/** `eu.api.openai.com`: inference in one region, ten per cent dearer. */
const REGION_OF_OPENAI = /^([a-z]{2})\.api\.openai\.com$/

/** Servers on machines of one's own have a name of a vendor too, and send no bill. */
const OWN_SERVERS: ReadonlySet<string> = new Set(['ollama', 'vllm', 'llama-server', 'lm-studio'])

function sellerOfBinding(binding: Exclude<Binding, LlamaBinding | LlamaServerBinding>): string | undefined {
  if (binding.engine === 'ai-sdk') return sellerOfPackage(binding.package)
  if (binding.engine === 'openai' && binding.vendor !== undefined)
    return OWN_SERVERS.has(binding.vendor) ? undefined : sellerNamed(binding.vendor)
  const seller = findSeller({ host: hostOf(binding.baseUrl) })
  return seller?.billsAs ?? seller?.id
}

/** `@ai-sdk/amazon-bedrock`, `@openrouter/ai-sdk-provider`, `ollama-ai-provider`. */
function sellerOfPackage(name: string): string | undefined {
  const [first = '', second = ''] = name.replace(/^@/, '').split('/')
  if (first.includes('ollama') || second.includes('ollama')) return undefined
  return sellerNamed(first === 'ai-sdk' ? second : first)
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? ''
}
