import { basename } from 'node:path'
import { invalid } from '../core/errors.ts'
import { createRestorer } from '../privacy/pseudonyms/restorer.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { choiceOption, hasSwitch, textOption } from './parse-arguments.ts'
import { readMap, type StandInMap } from './privacy-map.ts'
import { chunkOption, filterText } from './privacy-text.ts'
import type { Terminal } from './terminal.ts'

export const privacyRestore: Command = {
  name: 'privacy restore',
  summary: 'Put back what was masked.',
  operand: '[FILE]',
  options: [
    { name: 'map', value: 'FILE', about: 'As `musivum privacy mask --map` wrote it.' },
    { name: 'scope', value: 'NAME', about: 'The scope that the map must be of; any unless given.' },
    {
      name: 'form',
      value: 'FORM',
      about: 'text (unless given), json, html or url: how values are written into it.',
    },
    chunkOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum privacy restore answer.txt --map letter.map',
      about: 'stand-ins are known in any capitals, with other brackets, escaped, in the plural',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const form = choiceOption(args, 'form', ['text', 'json', 'html', 'url'])
  const { standIns } = mapOf(args, terminal)
  const restorer = createRestorer(standIns, form === undefined || form === 'text' ? {} : { form })
  const text = await filterText(privacyRestore, args, terminal, restorer)
  const unknown = new Set(restorer.unknown())
  const json = hasSwitch(args, 'json')
  if (json)
    terminal.write(`${JSON.stringify({ text, restored: restorer.restored(), unknown: [...unknown] })}\n`)
  if (unknown.size > 0 && !json)
    terminal.note(
      `stand-ins that this map does not know, left as they are: ${[...unknown].join(' ')}`,
      'yellow',
    )
  return EXIT.ok
}

function mapOf(args: Arguments, terminal: Terminal): StandInMap {
  const file = textOption(args, 'map')
  if (file === undefined)
    throw invalid('privacy restore needs --map FILE; `musivum privacy mask --map` writes it')
  const map = readMap(file, terminal)
  if (map === undefined) throw invalid(`--map ${basename(file)}: there is no such file`)
  const scope = textOption(args, 'scope')
  if (scope !== undefined && scope !== map.scope)
    throw invalid(`--scope: the map is of the scope "${map.scope}", not "${scope}"`)
  return map
}
