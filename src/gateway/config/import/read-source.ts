import { parse as parseToml, TomlError } from 'smol-toml'
import { LineCounter, parseDocument } from 'yaml'
import { invalid } from '../../../core/errors.ts'
import { lineAt, lineOf } from '../yaml-places.ts'
import type { GatewayName } from './providers.ts'
import { openSource, type Source } from './source.ts'
import { tomlLines } from './toml-lines.ts'

export type SourceText = { readonly text: string; readonly file: string; readonly from?: GatewayName }

/**
 * The file as values with lines, and whose it is.
 *
 * @throws MusivumError `request.invalid`: neither YAML, JSON nor TOML, or a configuration of nobody we know
 */
export function readSource({ text, file, from }: SourceText): {
  readonly from: GatewayName
  readonly source: Source
} {
  if (from === 'tensorzero') return { from, source: readToml(text, file) }
  const yaml = readYaml(text)
  if (from !== undefined) {
    if (yaml.kind === 'wrong')
      throw invalid(`${file}:${yaml.line}: not ${from === 'portkey' ? 'JSON' : 'YAML'}`)
    return { from, source: yaml.source }
  }
  const found = yaml.kind === 'read' ? whose(yaml.source.root.peek) : undefined
  if (yaml.kind === 'read' && found !== undefined) return { from: found, source: yaml.source }
  if (yaml.kind === 'read' && isOurs(yaml.source.root.peek))
    throw invalid(
      `${file}: this looks like a musivum.yaml already; \`musivum config check ${file}\` checks it`,
    )
  const toml = tomlOrNothing(text, file)
  if (toml !== undefined) return { from: 'tensorzero', source: toml }
  throw invalid(
    `${file}: expected a config.yaml of LiteLLM (\`model_list\`), a config of Portkey (\`strategy\`, \`targets\`) or a tensorzero.toml (\`[models.…]\`); say which with --from`,
  )
}

type Yaml =
  { readonly kind: 'read'; readonly source: Source } | { readonly kind: 'wrong'; readonly line: number }

/** JSON is read as YAML, which it is, because its own parser does not tell lines. */
function readYaml(text: string): Yaml {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const [error] = document.errors
  if (error !== undefined) return { kind: 'wrong', line: lineAt({ lines }, error.pos[0]) }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (thrown) {
    // An alias without its anchor, and aliases of aliases of aliases.
    if (!(thrown instanceof ReferenceError)) throw thrown
    return { kind: 'wrong', line: 1 }
  }
  return { kind: 'read', source: openSource(value, (path) => lineOf({ document, lines }, path)) }
}

const MAX_ALIASES = 100

const MARKS: readonly (readonly [GatewayName, readonly string[]])[] = [
  ['litellm', ['model_list', 'litellm_settings', 'router_settings']],
  [
    'portkey',
    ['strategy', 'targets', 'virtual_key', 'virtualKey', 'provider', 'override_params', 'overrideParams'],
  ],
]

function whose(value: unknown): GatewayName | undefined {
  const inner = has(value, 'config') ?? has(has(value, 'data'), 'config')
  const found = MARKS.find(([, keys]) => keys.some((key) => has(value, key) !== undefined))
  if (found !== undefined) return found[0]
  return inner === undefined ? undefined : whose(inner)
}

function isOurs(value: unknown): boolean {
  return has(value, 'models') !== undefined
}

function has(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined
}

function readToml(text: string, file: string): Source {
  try {
    return openSource(parseToml(text), tomlLines(text))
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown
    // Its message shows the lines around, and with them whatever secret stands there.
    throw invalid(`${file}:${thrown.line}: not TOML`)
  }
}

function tomlOrNothing(text: string, file: string): Source | undefined {
  let source: Source
  try {
    source = readToml(text, file)
  } catch (thrown) {
    // Whether it is TOML was the question: where it looks like that, the wrong line is worth more than the answer.
    if (/^\s*\[{1,2}\s*(models|functions|gateway|embedding_models)\b/m.test(text)) throw thrown
    return undefined
  }
  const { root } = source
  return root.get('models', 'functions', 'embedding_models', 'gateway').present ? source : undefined
}
