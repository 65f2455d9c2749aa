import type { Manifest } from './manifest.ts'

/**
 * The command that mends a model, under its name: without the name the same source would become a second model. Where a
 * file of this machine came from is not kept.
 */
export function pullAgain({ name, source }: Pick<Manifest, 'name' | 'source'>): string {
  const from = source.startsWith('file:') ? `FOLDER/${source.slice('file:'.length)}` : source
  return `\`musivum models pull ${from} --name ${name}\``
}
