import { withAccounts } from './account-files.ts'
import { onlyOperand } from './account-options.ts'
import { isoOrNull } from './account-times.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { hasSwitch, requiredText, textOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const projectsCreate: Command = {
  name: 'projects create',
  summary: 'Make a project of a team.',
  operand: 'ID',
  options: [
    { name: 'team', value: 'ID', about: 'Whose it is.' },
    { name: 'name', value: 'TEXT', about: 'What people call it; the id unless given.' },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum projects create contracts --team legal', about: 'a project that keys can be for' },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const id = onlyOperand(projectsCreate, args)
  const team = requiredText(projectsCreate, args, 'team')
  const name = textOption(args, 'name')
  return withAccounts(args, terminal, (accounts) => {
    const project = accounts.createProject({ id, team, ...(name === undefined ? {} : { name }) })
    const document = { id, team, name: project.name, created: isoOrNull(project.createdMs) }
    const next = `project ${id} of ${team}; \`musivum keys create NAME --project ${id}\` makes a key for it`
    terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify(document) : next}\n`)
    return EXIT.ok
  })
}
