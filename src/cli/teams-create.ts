import { withAccounts } from './account-files.ts'
import { onlyOperand } from './account-options.ts'
import { isoOrNull } from './account-times.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { hasSwitch, textOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const teamsCreate: Command = {
  name: 'teams create',
  summary: 'Make a team, whom keys and projects belong to.',
  operand: 'ID',
  options: [
    { name: 'name', value: 'TEXT', about: 'What people call it; the id unless given.' },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: "musivum teams create legal --name 'Legal department'", about: 'its id is what all else names' },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const id = onlyOperand(teamsCreate, args)
  const name = textOption(args, 'name')
  return withAccounts(args, terminal, (accounts) => {
    const team = accounts.createTeam({ id, ...(name === undefined ? {} : { name }) })
    const document = { id: team.id, name: team.name, created: isoOrNull(team.createdMs) }
    const next = `team ${team.id}; \`musivum keys create NAME --team ${team.id}\` makes a key of it`
    terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify(document) : next}\n`)
    return EXIT.ok
  })
}
