import type { Cursor } from './source.ts'

const DEFAULT_TTL_SECONDS = 600

/** LiteLLM's cache as that of a model: exact, and for requests that are sampled too, because it never asks. */
export function litellmCache(settings: Cursor): object | undefined {
  const params = settings.get('cache_params')
  const type = params.get('type').peek
  const mode = params.get('mode').peek
  if (settings.get('cache').peek !== true) return undefined
  if ((typeof type === 'string' && type.includes('semantic')) || mode === 'default_off') return undefined
  settings.get('cache').flag()
  const seconds = params.get('ttl').number() ?? DEFAULT_TTL_SECONDS
  return { ttl: `${Math.max(1, Math.round(seconds))}s`, sampled: true }
}
