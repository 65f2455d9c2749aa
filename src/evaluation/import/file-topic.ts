import { basename, dirname } from 'node:path'

/** A name for what a file is about: its own, or its folder's where the file is called as all of its kind are. */
export function fileTopic(path: string): string {
  const stem = basename(path).replace(/(\.(jsonl?|csv|ya?ml|gz))+$/, '')
  const folder = basename(dirname(path))
  return GENERIC.has(stem) && folder !== '' && folder !== '.' ? folder : stem
}

const GENERIC: ReadonlySet<string> = new Set([
  'samples',
  'test',
  'tests',
  'data',
  'train',
  'dev',
  'promptfooconfig',
])
