import type { Model, Place } from '../../catalog/model.ts'
import { isLoopbackName } from '../origin.ts'

/** Whether anyone may have the weights: certain of those that run here, unknown of what a server says it serves. */
export function openWeights({ binding }: Model): 'yes' | 'no' | 'unknown' {
  return binding.engine === 'llama' ? 'yes' : 'unknown'
}

/** Why a request to this model leaves the machine; undefined when it stays. Every place that may be tried counts. */
export function leavesThisMachine({ binding }: Model): string | undefined {
  if (binding.engine === 'llama') return undefined
  if (binding.engine === 'ai-sdk') return `the data leaves this machine by ${binding.package}`
  const away = [binding, ...(binding.elsewhere ?? [])].map(hostOf).find((host) => !isLoopbackName(host))
  return away === undefined ? undefined : `the data leaves this machine for ${away}`
}

function hostOf({ baseUrl }: Place): string {
  return new URL(baseUrl).hostname.replace(/^\[(.*)\]$/, '$1')
}
