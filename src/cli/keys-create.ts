import { systemClock } from '../gateway/system-ports.ts'
import type { Accounts, Key, NewKey } from '../store/accounts/accounts.ts'
import { withAccounts } from './account-files.ts'
import { onlyOperand } from './account-options.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption, setVariable } from './gateway-settings.ts'
import { allowanceOptions, allowancesOf, cacheOf, cacheOption } from './keys-options.ts'
import { keyJson, secretText } from './keys-words.ts'
import { choiceOption, hasSwitch, textOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const keysCreate: Command = {
  name: 'keys create',
  summary: 'Make a key and say its secret, once.',
  operand: 'NAME',
  options: [
    {
      name: 'role',
      value: 'ROLE',
      about: 'member asks models, auditor reads the admin API too, admin changes things. Default: member.',
    },
    { name: 'team', value: 'ID', about: 'The team it belongs to.' },
    { name: 'project', value: 'ID', about: 'The project it is for.' },
    ...allowanceOptions,
    cacheOption,
    homeOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum keys create admin --role admin',
      about: 'the first key; from now on every request needs one',
    },
    {
      line: "musivum keys create 'billing service' --team finance --models 'gpt-*' --expires 90d",
      about: 'for a program of a team, good for 90 days',
    },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const wanted = wantedKey(args)
  return withAccounts(args, terminal, (accounts) => {
    const first = !accounts.hasKeys()
    const { key, secret } = accounts.createKey(wanted)
    if (hasSwitch(args, 'json')) {
      terminal.write(`${JSON.stringify({ key: keyJson(key, systemClock.now()), secret })}\n`)
      if (first) terminal.note(FIRST)
    } else {
      const port = setVariable(terminal.env, 'MUSIVUM_PORT') ?? '4000'
      terminal.write(`${heading(key)}\n\n${secretText(secret, port)}${first ? `\n${FIRST}\n` : ''}`)
    }
    if (!hasAdmin(accounts)) terminal.note(NO_ADMIN, 'yellow')
    return EXIT.ok
  })
}

function wantedKey(args: Arguments): NewKey {
  const role = choiceOption(args, 'role', ['member', 'auditor', 'admin'])
  const team = textOption(args, 'team')
  const project = textOption(args, 'project')
  return {
    name: onlyOperand(keysCreate, args),
    ...(role === undefined ? {} : { role }),
    ...(team === undefined ? {} : { team }),
    ...(project === undefined ? {} : { project }),
    ...allowancesOf(args, systemClock.now()),
    ...cacheOf(args),
  }
}

function heading({ id, name, role, team }: Key): string {
  return `key ${id} "${name}": ${role}${team === null ? '' : ` of ${team}`}`
}

const FIRST = 'From now on every request needs a key: the gateway was open until this one was made.'

const NO_ADMIN =
  'warning: no key is an admin’s, so the console and the admin API are closed; `musivum keys create admin --role admin` opens them'

/** Among the first keys only: a gateway with a thousand of them has had its admin for long. */
function hasAdmin(accounts: Accounts): boolean {
  const { keys, next } = accounts.pageKeys({ state: 'active', limit: 200 })
  return next !== null || keys.some(({ role }) => role === 'admin')
}
