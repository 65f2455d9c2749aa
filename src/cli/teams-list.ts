import { withAccounts } from './account-files.ts'
import { isoOrNull, shownMoment } from './account-times.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export const teamsList: Command = {
  name: 'teams list',
  summary: 'List the teams.',
  options: [homeOption, jsonOption],
  examples: [{ line: 'musivum teams list', about: 'by their ids' }],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  return withAccounts(args, terminal, (accounts) => {
    const teams = accounts.teams()
    if (hasSwitch(args, 'json')) {
      const rows = teams.map(({ id, name, createdMs }) => ({ id, name, created: isoOrNull(createdMs) }))
      terminal.write(`${JSON.stringify({ teams: rows })}\n`)
      return EXIT.ok
    }
    const rows = teams.map(({ id, name, createdMs }) => [id, name, shownMoment(createdMs)])
    const none = 'no teams yet; `musivum teams create ID` makes one'
    terminal.write(`${rows.length === 0 ? none : table([['ID', 'NAME', 'MADE'], ...rows])}\n`)
    return EXIT.ok
  })
}
