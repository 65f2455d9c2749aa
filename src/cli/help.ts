import type { Command, Option } from './command.ts'
import { table } from './table.ts'

/** What `musivum COMMAND --help` prints. */
export function commandHelp({ name, summary, operand, options, examples }: Command): string {
  const usage = ['musivum', name, ...(operand === undefined ? [] : [operand]), '[options]'].join(' ')
  return [
    `${summary}\n`,
    `usage: ${usage}\n`,
    'options',
    indented(table(options.map((option) => [optionName(option), option.about]))),
    '\nexamples',
    indented(examples.map(({ line, about }) => `# ${about}\n${line}`).join('\n')),
  ].join('\n')
}

function optionName({ name, value }: Option): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`
}

/** What `musivum --help` prints. */
export function programHelp(
  commands: readonly { readonly name: string; readonly summary: string }[],
): string {
  return [
    'One endpoint in front of open-weight and closed language models.\n',
    'usage: musivum COMMAND [options]\n',
    'commands',
    indented(table(commands.map(({ name, summary }) => [name, summary]))),
    '\n`musivum COMMAND --help` says more about one, with examples.',
    'Exit codes: 0 done; 1 the check found a problem; 2 it could not be done, with one line that says why.',
  ].join('\n')
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
