import type { Terminal } from './terminal.ts'

/** One command: what `--help` says of it, what its arguments may be, and what it does. */
export type Command = {
  /** As typed after `musivum`: `models list`. */
  readonly name: string
  readonly summary: string
  /** What may stand beside the options, such as `[TEXT]`; absent: nothing may. */
  readonly operand?: string
  readonly options: readonly Option[]
  readonly examples: readonly { readonly line: string; readonly about: string }[]
  /** Resolves with the exit code. Bad input and failures of the world are thrown as MusivumError. */
  readonly run: (args: Arguments, terminal: Terminal) => Promise<number>
}

export type Option = {
  /** Without the dashes. */
  readonly name: string
  /** What its value is called; absent: the option is a switch. */
  readonly value?: string
  readonly about: string
  /** May be given several times, such as one file after another; any other option counts as given last. */
  readonly repeats?: true
}

export type Arguments = {
  /** Options that were given; a switch is ''. */
  readonly given: ReadonlyMap<string, string>
  /** Every value of the options that may be given several times, in their order. */
  readonly repeated?: ReadonlyMap<string, readonly string[]>
  readonly operands: readonly string[]
}

/** Exit codes of every command. 2 is also what a command ends with when the world did not let it do its work. */
export const EXIT = { ok: 0, negative: 1, trouble: 2, interrupted: 130 } as const

export const jsonOption: Option = {
  name: 'json',
  about: 'Write one JSON document to standard output, everything else to standard error.',
}
