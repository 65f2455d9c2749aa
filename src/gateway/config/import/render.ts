import { Document, isMap, isScalar, visit } from 'yaml'
import type { AssembledModel } from './assemble.ts'
import { withoutSecrets } from '../../../core/errors.ts'
import { dotted } from '../yaml-places.ts'

export type Rendered = {
  readonly models: readonly AssembledModel[]
  readonly settings: Readonly<Record<string, unknown>>
  /** Whose configuration it was: `LiteLLM`. */
  readonly product: string
  /** The file as it may be shown. */
  readonly file: string
}

/** The text of a musivum.yaml, with where each model came from above it. */
export function renderConfig({ models, settings, product, file }: Rendered): string {
  const content = { models: Object.fromEntries(models.map(({ name, entry }) => [name, entry])), ...settings }
  // What two models have in common is written twice: an alias of YAML is read by fewer people than a line.
  const document = new Document(content, { aliasDuplicateObjects: false })
  document.commentBefore = ` Made by \`musivum config import\` from a configuration of ${product}, ${file}.\n \`musivum config check\` says whether it is right and which keys are not set.`
  const map: unknown = document.get('models', true)
  if (isMap(map)) {
    for (const [index, { key }] of map.items.entries()) {
      const model = models[index]
      if (isScalar(key) && model !== undefined) key.commentBefore = comment(model, file)
    }
  }
  inOneLine(document)
  return document.toString({ lineWidth: 110, flowCollectionPadding: true })
}

function comment({ from }: AssembledModel, file: string): string {
  const line = from.line === undefined ? '' : `:${from.line}`
  const path = dotted(from.path)
  return ` ${withoutSecrets(`${file}${line}${path === '' ? '' : ` ${path}`}`)}`
}

/** What is short reads better in one line: a fallback, the tries, a price. */
function inOneLine(document: Document): void {
  visit(document, {
    Collection(_, node, path) {
      // The file, `models` and each model stay open.
      if (path.filter(isMap).length < 3) return
      const short = JSON.stringify(node).length <= MOST_CHARS
      node.flow = short && (isMap(node) || !node.items.some(isMap))
    },
  })
}

// With indentation and the name before it, still within the 110 columns of a line.
const MOST_CHARS = 90
