import { invalid } from '../core/errors.ts'
import type { Arguments, Option } from './command.ts'
import { embedThroughGateway } from './embed-through-gateway.ts'
import { configOption, gatewaySettings, homeOption } from './gateway-settings.ts'
import { textOption } from './parse-arguments.ts'
import { readEmbeddings } from './read-embeddings.ts'
import type { Terminal } from './terminal.ts'

export const embeddingOptions: readonly Option[] = [
  {
    name: 'embeddings',
    value: 'FILE',
    about: 'Lines {"item","embedding"} of all items; a part of the router learns from them.',
    repeats: true,
  },
  { name: 'embed-model', value: 'MODEL', about: 'Makes the embeddings through the gateway instead.' },
  { ...configOption, about: 'The configuration of --embed-model, found as that of `musivum up` is.' },
  { ...homeOption, about: 'Where the embedded engine of --embed-model is kept.' },
]

export type EmbeddingSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'files'; readonly files: readonly string[] }
  | { readonly kind: 'model'; readonly model: string }

export function embeddingSource(args: Arguments): EmbeddingSource {
  const files = args.repeated?.get('embeddings')
  const model = textOption(args, 'embed-model')
  if (files !== undefined && model !== undefined)
    throw invalid('--embeddings and --embed-model were both given; expected one of them')
  if (files !== undefined) return { kind: 'files', files }
  return model === undefined ? { kind: 'none' } : { kind: 'model', model }
}

export type Embedded = {
  readonly vectors: readonly Float32Array[]
  /** `file`, or the name of the model. */
  readonly from: string
  /** Null when they came from a file: nobody knows what they took. */
  readonly usPerPrompt: number | null
}

type Text = { readonly task: string; readonly item: string; readonly text: string }

/** One vector per text, in their order; undefined when none were asked for. */
export async function embed(
  texts: readonly Text[],
  source: EmbeddingSource,
  args: Arguments,
  terminal: Terminal,
): Promise<Embedded | undefined> {
  switch (source.kind) {
    case 'none':
      return undefined
    case 'files':
      return { vectors: await fromFiles(texts, source.files, terminal), from: 'file', usPerPrompt: null }
    case 'model': {
      refuseEmpty(texts)
      const settings = gatewaySettings(args, terminal)
      const words = texts.map(({ text }) => text)
      const { vectors, usPerText } = await embedThroughGateway(words, source.model, settings, terminal)
      return { vectors, from: source.model, usPerPrompt: usPerText }
    }
    default:
      return source satisfies never
  }
}

async function fromFiles(
  texts: readonly Text[],
  files: readonly string[],
  terminal: Terminal,
): Promise<readonly Float32Array[]> {
  const names = new Set(texts.map(({ item }) => item))
  const embeddings = await readEmbeddings(files, (item) => names.has(item), terminal)
  const missing = texts.filter(({ task, item }) => embeddings.find(task, item) === undefined)
  if (missing.length > 0)
    throw invalid(
      `--embeddings lacks ${missing.length} of ${texts.length} items, such as "${missing[0]?.item ?? ''}"; expected one line per item`,
    )
  return texts.flatMap(({ task, item }) => embeddings.find(task, item) ?? [])
}

function refuseEmpty(texts: readonly Text[]): void {
  const empty = texts.filter(({ text }) => text.trim() === '')
  if (empty.length > 0)
    throw invalid(
      `${empty.length} of ${texts.length} prompts are empty, such as that of "${empty[0]?.item ?? ''}"; expected texts to embed`,
    )
}
