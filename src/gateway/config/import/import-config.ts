import { MusivumError, invalid, withoutSecrets } from '../../../core/errors.ts'
import { parseConfig } from '../parse-config.ts'
import type { Path } from '../yaml-places.ts'
import { assembleModels } from './assemble.ts'
import { keyVariables } from './key-variables.ts'
import { litellmHints } from './litellm-hints.ts'
import { readLiteLlm } from './litellm.ts'
import { portkeyHints } from './portkey-hints.ts'
import { readPortkey } from './portkey.ts'
import type { GatewayName } from './providers.ts'
import type { ReadOptions } from './read-options.ts'
import { readSource } from './read-source.ts'
import { renderConfig } from './render.ts'
import type { Cursor, Hint, NotCarried } from './source.ts'
import { tensorzeroHints } from './tensorzero-hints.ts'
import { readTensorZero } from './tensorzero.ts'
import type { ImportedGateway } from './imported.ts'

export type ImportOptions = {
  readonly text: string
  /** As it may be shown. */
  readonly file: string
  /** Absent: found out from the content. */
  readonly from?: GatewayName
} & Pick<ReadOptions, 'env' | 'models' | 'fileName'>

export type ImportedConfig = {
  readonly from: GatewayName
  /** A musivum.yaml that our own loader takes. */
  readonly yaml: string
  readonly models: readonly string[]
  readonly notCarried: readonly NotCarried[]
  /** The leaves of the file that the new one says. */
  readonly carried: readonly Path[]
  /** The places that it does not say, with all that stands in them. */
  readonly left: readonly Path[]
}

/**
 * The configuration of another gateway as one of ours. Whatever is not carried over is listed with the reason.
 *
 * @throws MusivumError `request.invalid`: not a configuration of any of them, or nothing in it that can be served
 */
export function importConfig(options: ImportOptions): ImportedConfig {
  const { file } = options
  const { from, source } = readSource(options)
  const { read, hints, product } = READERS[from]
  const gateway = read(source.root, { ...options, keys: keyVariables() })
  const models = assembleModels(gateway)
  source.sweep(hints)
  const notCarried = source.notCarried()
  if (models.length === 0) throw nothingServed(file, product, notCarried)
  const yaml = renderConfig({ models, settings: gateway.settings, product, file })
  assertRight(yaml)
  return {
    from,
    yaml,
    models: models.map(({ name }) => name),
    notCarried,
    carried: source.carried(),
    left: source.left(),
  }
}

type Reader = {
  readonly product: string
  readonly read: (root: Cursor, options: ReadOptions) => ImportedGateway
  readonly hints: readonly Hint[]
}

const READERS: Readonly<Record<GatewayName, Reader>> = {
  litellm: { product: 'LiteLLM', read: readLiteLlm, hints: litellmHints },
  portkey: { product: 'Portkey', read: readPortkey, hints: portkeyHints },
  tensorzero: { product: 'TensorZero', read: readTensorZero, hints: tensorzeroHints },
}

/** One line of the list: `config.yaml:12: router_settings.allowed_fails: 3: why; what to do instead`. */
export function notCarriedLine(file: string, { path, line, what, why, instead }: NotCarried): string {
  const place = line === undefined ? file : `${file}:${line}`
  return withoutSecrets(`${place}: ${path === '' ? 'the file' : path}: ${what}: ${why}; ${instead}`)
}

function nothingServed(file: string, product: string, notCarried: readonly NotCarried[]): MusivumError {
  const [first] = notCarried
  const reason = first === undefined ? 'it names no model' : notCarriedLine(file, first)
  return invalid(`no model of this configuration of ${product} can be served: ${reason}`)
}

/** What we write we must be able to read: anything else is a mistake of ours, and no file is better than a wrong one. */
function assertRight(yaml: string): void {
  const parsed = parseConfig(yaml)
  if (parsed.kind === 'parsed') return
  const problems = parsed.problems.map(({ text }) => text).join('; ')
  throw new MusivumError(
    'internal',
    'The imported configuration would not be right.',
    {},
    { cause: new Error(problems) },
  )
}
