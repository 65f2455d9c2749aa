import { statSync } from 'node:fs'

/**
 * Call before anything else that computes. The library decodes each batch, and draws each token of it, on whichever of the
 * runtime's four workers is free. For a tiny model waking them and moving its weights from cache to cache costs more than
 * drawing tokens one after the other (measured: a third of the time of a token, eight at once). A large vocabulary is worth
 * drawing from on several processors.
 */
export function limitWorkers(weights: string): void {
  const bytes = statSync(weights, { throwIfNoEntry: false })?.size ?? 0
  // The first of several parts may hold no tensors.
  const isAll = !/-00001-of-\d{5}\.gguf$/.test(weights)
  if (isAll && bytes < TINY_MODEL_BYTES) process.env['UV_THREADPOOL_SIZE'] = '1'
}

/** One thread computes such models, on any machine. */
const TINY_MODEL_BYTES = 16 * 1024 * 1024
