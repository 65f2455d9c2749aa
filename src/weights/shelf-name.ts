import { invalid } from '../core/errors.ts'
import { splitOf } from './file-roles.ts'
import { checkedName, isShelfName } from './shelf.ts'
import type { Source } from './source.ts'

/**
 * The name that a source gets on the shelf: the one asked for, else one made of the repository and its form.
 *
 * @throws MusivumError `request.invalid` for a name that is none, or a source that gives none
 */
export function shelfName(source: Source, asked: string | undefined): string {
  if (asked !== undefined) return checkedName(asked)
  const name = cleaned(rawName(source))
  if (isShelfName(name)) return name
  throw invalid(
    'this source gives no name that a model could have; choose one with --name, such as --name my-model',
  )
}

function rawName(source: Source): string {
  switch (source.kind) {
    case 'hf': {
      const repo = source.repo.replace(/[-_.]gguf$/i, '')
      const { quant } = source
      if (quant === undefined) return repo
      // What is given as the form may be the whole name of a file.
      return quant.toLowerCase().startsWith(repo.toLowerCase()) ? fileStem(quant) : `${repo}-${quant}`
    }
    case 'https':
      return fileStem(decodedName(new URL(source.url).pathname))
    case 'file':
      return fileStem(source.path.split(/[\\/]/).at(-1) ?? '')
    case 'ollama':
      return (source.name.split('/').at(-1) ?? '').replace(/:latest$/, '').replace(':', '-')
    default:
      return source satisfies never
  }
}

function decodedName(pathname: string): string {
  // `%zz` stays as it is: the cleaning below takes it out.
  return (pathname.split('/').at(-1) ?? '').replace(/%[0-9a-f]{2}/gi, '-')
}

function fileStem(file: string): string {
  return (splitOf(file)?.stem ?? file).replace(/\.(?:gguf|safetensors)$/i, '')
}

const MAX_NAME = 64

function cleaned(raw: string): string {
  const plain = raw
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
  return plain.slice(0, MAX_NAME).replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
}
