import type { MemoryNeed } from './memory-fit.ts'
import type { WeightsProcess } from './weights-process.ts'

/** `4 slots of 512 tokens, one thread`, and what it should have had. */
export function sizeText(
  { slots, contextTokens, threads }: Pick<WeightsProcess, 'slots' | 'contextTokens' | 'threads'>,
  { sizes: [most] }: MemoryNeed,
): string {
  const size = `${count(slots, 'slot')} of ${contextTokens} tokens, ${threads === 1 ? 'one thread' : `${threads} threads`}`
  if (slots >= most.slots && contextTokens >= most.contextTokens) return size
  return `${size}; memory is short for ${count(most.slots, 'slot')} of ${most.contextTokens} tokens`
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
