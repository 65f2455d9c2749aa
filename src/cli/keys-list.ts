import { systemClock } from '../gateway/system-ports.ts'
import type { KeyPage, KeyQuery } from '../store/accounts/accounts.ts'
import { withAccounts } from './account-files.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { keyJson, keyTable } from './keys-words.ts'
import { choiceOption, hasSwitch, textOption, wholeNumberOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const keysList: Command = {
  name: 'keys list',
  summary: 'List the keys, without their secrets.',
  options: [
    { name: 'team', value: 'ID', about: 'Only keys of this team.' },
    { name: 'project', value: 'ID', about: 'Only keys of this project.' },
    { name: 'search', value: 'TEXT', about: 'Part of the name, or the start of the id.' },
    { name: 'state', value: 'STATE', about: 'active, expired or revoked.' },
    { name: 'after', value: 'ID', about: 'From behind this key: the next page.' },
    { name: 'limit', value: 'N', about: 'At most N keys, up to 200; 50 unless given.' },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum keys list', about: 'who may ask this gateway' },
    { line: 'musivum keys list --team finance --state active --json', about: 'as one document' },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const query = queryOf(args)
  return withAccounts(args, terminal, (accounts) => {
    const page = accounts.pageKeys(query)
    if (hasSwitch(args, 'json')) {
      const keys = page.keys.map((key) => keyJson(key, systemClock.now()))
      terminal.write(`${JSON.stringify({ keys, next: page.next })}\n`)
    } else {
      terminal.write(`${text(page, accounts.hasKeys())}\n`)
    }
    return EXIT.ok
  })
}

function queryOf(args: Arguments): KeyQuery {
  const state = choiceOption(args, 'state', ['active', 'expired', 'revoked'])
  const texts = (['team', 'project', 'search', 'after'] as const).flatMap((name) => {
    const value = textOption(args, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(texts),
    ...(state === undefined ? {} : { state }),
    limit: wholeNumberOption(args, 'limit', 1, 200) ?? 50,
  }
}

function text({ keys, next }: KeyPage, someExist: boolean): string {
  if (keys.length === 0 && someExist) return 'no key is like that; `musivum keys list` shows all of them'
  if (keys.length === 0) return NO_KEYS
  const more = next === null ? '' : `\nmore: \`musivum keys list --after ${next}\``
  return keyTable(keys, systemClock.now()) + more
}

const NO_KEYS =
  'no keys yet: every program on this machine may use the gateway, and no other machine can; `musivum keys create admin --role admin` makes the first'
