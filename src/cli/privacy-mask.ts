import { invalid, MusivumError } from '../core/errors.ts'
import { systemRandom } from '../gateway/system-ports.ts'
import { createMasker } from '../privacy/pseudonyms/masker.ts'
import type { NameEntity } from '../privacy/names/name-entities.ts'
import { pseudonyms, type Pseudonyms } from '../privacy/pseudonyms/pseudonyms.ts'
import { createRecognise, type Recognise } from '../privacy/recognise/recognise.ts'
import { openScopeKey } from '../store/scope-key.ts'
import { listOption } from './account-options.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { configOption, gatewaySettings, homeOption } from './gateway-settings.ts'
import { hasScopeKey } from './kept-scope-key.ts'
import { choiceOption, hasSwitch, textOption } from './parse-arguments.ts'
import { readMap, writeMap, type StandInMap } from './privacy-map.ts'
import { byTier, namesOption, openNames } from './privacy/open-names.ts'
import { chunkOption, filterText, wholeText } from './privacy-text.ts'
import type { Terminal } from './terminal.ts'

export const privacyMask: Command = {
  name: 'privacy mask',
  summary: 'Replace personal data in a text by stand-ins that can be put back.',
  operand: '[FILE]',
  options: [
    {
      name: 'map',
      value: 'FILE',
      about: 'Where it is kept what stands for what; added to when it is there already.',
    },
    {
      name: 'scope',
      value: 'NAME',
      about: 'The same value has the same stand-in in one scope, and unrelated ones in others.',
    },
    { name: 'entities', value: 'A,B', about: 'Only these; all of them unless given.' },
    {
      name: 'style',
      value: 'STYLE',
      about: 'token (⟦EMAIL_ADDRESS_7F3KQ2M⟧, unless given) or surrogate (looks real, is reserved).',
    },
    namesOption,
    chunkOption,
    configOption,
    homeOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum privacy mask letter.txt --map letter.map > masked.txt',
      about: 'only you can read the map; `privacy restore` needs it',
    },
    { line: 'musivum privacy mask --entities EMAIL_ADDRESS,PHONE_NUMBER < note.txt', about: 'for good' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const file = textOption(args, 'map')
  const known = file === undefined ? undefined : readMap(file, terminal)
  const scope = scopeOf(args, known)
  const { home, env } = gatewaySettings(args, terminal)
  if (known !== undefined && !hasScopeKey({ home, env }))
    throw new MusivumError('store.unavailable', KEY_IS_GONE)
  const style = choiceOption(args, 'style', ['token', 'surrogate'])
  const names = pseudonyms({
    hmac: openScopeKey({ home, env, random: systemRandom() })(scope),
    ...(style === undefined ? {} : { style }),
    ...(known === undefined ? {} : { known: known.standIns }),
  })
  const text = await masked(args, names, terminal)
  const json = hasSwitch(args, 'json')
  if (json) terminal.write(`${JSON.stringify({ text, scope, replaced: names.replaced.size })}\n`)
  if (file !== undefined) writeMap(file, { scope, standIns: names.replaced }, terminal)
  else if (!json && names.replaced.size > 0)
    terminal.note(`${replacedWords(names.replaced.size)}; without --map nobody can put them back`, 'dim')
  return EXIT.ok
}

/** A map of another machine, or a home whose key is lost: the same value would have one stand-in in the map and another one beside it. */
const KEY_IS_GONE =
  'the map was made with a key, and there is no data/scope.key in the home directory: put your copy back there, set ' +
  'MUSIVUM_SCOPE_KEY to it, or run `musivum privacy new-key`: what the map knows then keeps its stand-ins, and the same values get others ' +
  'everywhere else'

async function masked(args: Arguments, names: Pseudonyms, terminal: Terminal): Promise<string> {
  const { names: entities, patterns } = byTier(listOption(args, 'entities'))
  const recognise = recogniserFor(args, patterns, entities)
  const tier = await openNames(args, { recognise, entities }, terminal)
  if (tier === undefined) return filterText(privacyMask, args, terminal, createMasker(recognise, names))
  try {
    // Whole, because a name that is found on the last page is masked on the first one too.
    const text = await wholeText(privacyMask, args, terminal)
    const both = await tier.tiersFor(text, false)
    const masker = createMasker(both.recognise, names)
    const out = masker.push(text) + masker.end()
    if (hasSwitch(args, 'json')) return out
    terminal.write(out)
    return ''
  } finally {
    await tier.close()
  }
}

function recogniserFor(
  args: Arguments,
  entities: readonly string[] | undefined,
  names: readonly NameEntity[],
): Recognise {
  if (entities === undefined) return createRecognise()
  if (names.length > 0 && !hasSwitch(args, 'names'))
    throw invalid(`--entities ${names[0]}: only a model finds names; expected --names beside it`)
  return entities.length === 0 ? () => [] : createRecognise({ entities })
}

/** A map is of one scope: values of another would be restored with it as if they were the same. */
function scopeOf(args: Arguments, known: StandInMap | undefined): string {
  const asked = textOption(args, 'scope')
  if (known === undefined) return asked ?? 'default'
  if (asked === undefined || asked === known.scope) return known.scope
  throw invalid(`--scope: the map is of the scope "${known.scope}", not "${asked}"; take another --map`)
}

function replacedWords(count: number): string {
  return count === 1 ? '1 value was replaced' : `${count} values were replaced`
}
