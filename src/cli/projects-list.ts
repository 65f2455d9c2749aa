import { withAccounts } from './account-files.ts'
import { isoOrNull, shownMoment } from './account-times.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export const projectsList: Command = {
  name: 'projects list',
  summary: 'List the projects with their teams.',
  options: [homeOption, jsonOption],
  examples: [{ line: 'musivum projects list', about: 'by their ids' }],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  return withAccounts(args, terminal, (accounts) => {
    const projects = accounts.projects()
    if (hasSwitch(args, 'json')) {
      const rows = projects.map(({ id, team, name, createdMs }) => ({
        id,
        team,
        name,
        created: isoOrNull(createdMs),
      }))
      terminal.write(`${JSON.stringify({ projects: rows })}\n`)
      return EXIT.ok
    }
    const rows = projects.map(({ id, team, name, createdMs }) => [id, team, name, shownMoment(createdMs)])
    const none = 'no projects yet; `musivum projects create ID --team TEAM` makes one'
    terminal.write(`${rows.length === 0 ? none : table([['ID', 'TEAM', 'NAME', 'MADE'], ...rows])}\n`)
    return EXIT.ok
  })
}
