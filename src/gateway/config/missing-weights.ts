import { isAbsolute } from 'node:path'
import type { PulledWeights } from './pulled-models.ts'

/** What a configuration names: weights, or an adapter to put on some. */
export type FileKind = 'weights' | 'adapter'

export type Missing = {
  /** What is missing, and how it comes or what was meant. */
  readonly text: string
  /** What stands there is no file and will be none: only a change of the shelf, or of the configuration, mends it. */
  readonly onShelf: boolean
}

/** Why nothing is found under a name that is no file. */
export function missingWeights(name: string, kind: FileKind, pulled: PulledWeights): Missing {
  const problem = pulled.problemOf(name) ?? ofTheOtherKind(name, kind, pulled) ?? notPulled(name)
  if (problem !== undefined) return { text: problem, onShelf: true }
  return { text: askedName(name, kind) ?? missingFile(name), onShelf: false }
}

function ofTheOtherKind(name: string, kind: FileKind, pulled: PulledWeights): string | undefined {
  if (kind === 'weights' && pulled.findAdapter(name) !== undefined)
    return `${name} is an adapter; expected the weights that it was made for, and \`adapter: ${name}\` beside them`
  if (kind === 'adapter' && pulled.find(name) !== undefined)
    return `${name} is weights, not an adapter; expected a LoRA adapter that was made for those of this model`
  return undefined
}

function notPulled(name: string): string | undefined {
  return /^(?:hf|ollama|https?):/i.test(name) ? `not pulled yet: \`musivum models pull ${name}\`` : undefined
}

/** `clerk:urgency` of ours and `llama3.2:3b` of Ollama are how models are asked for. */
function askedName(name: string, kind: FileKind): string | undefined {
  if (!/^[\w.-]{2,}:[\w.-]+$/.test(name)) return undefined
  const beside = kind === 'weights' ? '; an adapter stands beside them, as `adapter` or in `adapters`' : ''
  return `${name} is a name to ask for, not a file; expected the path of a GGUF file or a name of \`musivum models list\`${beside}`
}

function missingFile(path: string): string {
  const where =
    isAbsolute(path) || path.startsWith('~/') ? '' : ' beside this file or in the working directory'
  const line = `there is no file ${path}${where}`
  const name = /^[a-z0-9][a-z0-9._-]*$/.test(path) && !path.endsWith('.gguf')
  return name
    ? `${line}, and nothing was pulled under that name; \`musivum models list\` says what was`
    : line
}
