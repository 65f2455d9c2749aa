import { invalid } from '../../core/errors.ts'
import type { NamesLabel } from '../../privacy/label.ts'
import { findNames, type FindNames } from '../../privacy/names/find-names.ts'
import { NAME_ENTITIES, type Name, type NameEntity } from '../../privacy/names/name-entities.ts'
import { coverageOf } from '../../privacy/names/name-labels.ts'
import { windowsOf } from '../../privacy/names/windows.ts'
import { withNames } from '../../privacy/names/with-names.ts'
import { fold } from '../../privacy/recognise/fold.ts'
import type { Recognise } from '../../privacy/recognise/recognise.ts'
import type { Arguments, Option } from '../command.ts'
import { ensureEngine } from '../ensure-engine.ts'
import { gatewaySettings } from '../gateway-settings.ts'
import { startOwnGateway, type OwnGateway } from '../own-gateway.ts'
import { hasSwitch } from '../parse-arguments.ts'
import type { Terminal } from '../terminal.ts'

export const namesOption: Option = {
  name: 'names',
  about:
    'Look for names of people, places and organisations too, by the model that `privacy.names` configures.',
}

/** Both tiers of recognisers, as one text needs them, and what is to be said of names in it. */
export type BothTiers = { readonly recognise: Recognise; readonly names: NamesLabel }

export type NamesOfTexts = {
  /** Rejects with `privacy.names_failed`, unless the configuration says `on_error: continue` and `mayFail` holds. */
  readonly tiersFor: (text: string, mayFail: boolean) => Promise<BothTiers>
  readonly close: () => Promise<void>
}

/**
 * The second tier for a command, through a gateway of its own, so that policy holds for it. Undefined without `--names`.
 *
 * @throws MusivumError `request.invalid` where none is configured
 */
export async function openNames(
  args: Arguments,
  { recognise, entities }: { readonly recognise: Recognise; readonly entities: readonly NameEntity[] },
  terminal: Terminal,
): Promise<NamesOfTexts | undefined> {
  if (!hasSwitch(args, namesOption.name)) return undefined
  const settings = gatewaySettings(args, terminal)
  const gateway = await startOwnGateway(settings, (line) => terminal.note(line, 'dim'))
  try {
    const model = modelOf(gateway)
    if (model.engine === 'llama') await ensureEngine({ home: settings.home, install: true }, terminal)
  } catch (thrown) {
    await gateway.close(0)
    throw thrown
  }
  return {
    close: () => gateway.close(0),
    async tiersFor(text, mayFail) {
      const { tier } = namesOf(gateway)
      const wanted = tier.entities.filter((entity) => entities.includes(entity))
      try {
        const find = await readAll(gateway, text, terminal.signal)
        const only: FindNames = (part) => find(part).filter(({ entity }) => wanted.includes(entity))
        return { recognise: withNames(recognise, only), names: coverageOf(wanted) }
      } catch (thrown) {
        if (!mayFail || tier.onError === 'refuse' || terminal.signal.aborted) throw thrown
        return { recognise, names: 'failed' }
      }
    },
  }
}

/** Entities of `--entities` by who finds them; all of both where it is not given. */
export function byTier(entities: readonly string[] | undefined): {
  readonly names: readonly NameEntity[]
  readonly patterns: readonly string[] | undefined
} {
  if (entities === undefined) return { names: NAME_ENTITIES, patterns: undefined }
  const names = NAME_ENTITIES.filter((entity) => entities.includes(entity))
  return { names, patterns: entities.filter((entity) => !names.some((name) => name === entity)) }
}

function namesOf({ names }: OwnGateway): NonNullable<OwnGateway['names']> {
  if (names !== undefined) return names
  throw invalid(
    '--names: no model is configured that finds names; musivum.yaml needs `privacy: { names: { model: NAME } }`',
  )
}

function modelOf(gateway: OwnGateway): OwnGateway['models'][number] {
  const { tier } = namesOf(gateway)
  const model = gateway.models.find(({ name }) => name === tier.model)
  if (model !== undefined) return model
  throw invalid(`--names: no model is called "${tier.model.slice(0, 80)}", which privacy.names.model names`)
}

/** A gateway reads so much in one request; a file may be longer. */
const WINDOWS_AT_ONCE = 32

async function readAll(gateway: OwnGateway, text: string, signal: AbortSignal): Promise<FindNames> {
  const windows = windowsOf(fold(text).text)
  const names: Name[] = []
  for (let at = 0; at < windows.length; at += WINDOWS_AT_ONCE) {
    const some = windows.slice(at, at + WINDOWS_AT_ONCE)
    const find = await namesOf(gateway).read(some, signal)
    for (const window of some)
      for (const { entity, start, end } of find(window))
        names.push({ entity, text: window.slice(start, end) })
  }
  return findNames(names)
}
