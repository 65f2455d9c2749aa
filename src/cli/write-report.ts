import type { Arguments } from './command.ts'
import { hasSwitch } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

/** The result on standard output: one JSON document where --json was given, else text for people. */
export function writeReport(
  args: Arguments,
  terminal: Pick<Terminal, 'write'>,
  report: { readonly json: () => unknown; readonly text: () => string },
): void {
  terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify(report.json()) : report.text()}\n`)
}
