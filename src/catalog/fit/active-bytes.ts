import type { ModelShape } from './model-shape.ts'

/**
 * Bytes of weights that one token reads: all, but of the experts only those that it passes, and of the embedding table one
 * row, unless the table is also the output matrix.
 */
export function activeBytes(
  tensors: readonly { readonly name: string; readonly bytes: number }[],
  { experts, tied }: ModelShape,
): number {
  const share = experts === undefined ? 1 : experts.used / experts.count
  return tensors.reduce((sum, { name, bytes }) => {
    if (name === 'token_embd.weight' && !tied) return sum
    return sum + (/\.ffn_\w+_exps\./.test(name) ? bytes * share : bytes)
  }, 0)
}
