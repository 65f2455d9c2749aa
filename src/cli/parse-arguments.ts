import { parseArgs, type ParseArgsOptionDescriptor } from 'node:util'
import { invalid, type MusivumError } from '../core/errors.ts'
import { nearestNames } from '../core/nearest.ts'
import type { Arguments, Command, Option } from './command.ts'

const help: Option = { name: 'help', about: 'Say how the command is used.' }

/**
 * The words after the name of a command.
 *
 * @throws MusivumError `request.invalid`: an unknown option with the nearest name, a value missing or too many
 */
export function parseArguments(command: Command, words: readonly string[]): Arguments {
  const known = new Map([...command.options, help].map((option) => [option.name, option] as const))
  const { tokens } = parseArgs({
    args: [...words],
    // Strict mode would throw sentences about `parseArgs`; the tokens let us say it in ours.
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      Array.from(known.values(), (option) => [option.name, parseArgsOption(option)]),
    ),
  })
  const given = new Map<string, string>()
  const repeated = new Map<string, readonly string[]>()
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const option = known.get(token.name)
    const value = valueOf(command, option, token)
    given.set(token.name, value)
    if (option?.repeats === true) repeated.set(token.name, [...(repeated.get(token.name) ?? []), value])
  }
  const [extra] = operands
  if (command.operand === undefined && extra !== undefined && !given.has('help')) {
    throw invalid(`${command.name} takes no argument, but "${extra}" was given`)
  }
  return { given, repeated, operands }
}

function parseArgsOption(option: Option): ParseArgsOptionDescriptor {
  const type = option.value === undefined ? 'boolean' : 'string'
  return option === help ? { type, short: 'h' } : { type }
}

type OptionToken = {
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function valueOf(command: Command, option: Option | undefined, token: OptionToken): string {
  const { rawName, value, inlineValue } = token
  if (option === undefined) throw unknownOption(command, rawName)
  if (option.value === undefined) {
    if (value !== undefined) throw invalid(`${rawName} is a switch and takes no value`)
    return ''
  }
  // `--model --json` has forgotten the value; `--seed -5` has not.
  const forgotten = inlineValue !== true && /^-[^\d.]/.test(value ?? '')
  if (value === undefined || value === '' || forgotten)
    throw invalid(`${rawName} needs a value: ${rawName} ${option.value}`)
  return value
}

function unknownOption(command: Command, rawName: string): MusivumError {
  const name = rawName.replace(/^-+/, '')
  const names = command.options.map((option) => option.name)
  // A single letter is near to everything.
  const [nearest] = name.length > 1 ? nearestNames(name, names, 1) : []
  const hint =
    nearest === undefined
      ? `\`musivum ${command.name} --help\` lists the options`
      : `did you mean --${nearest}?`
  return invalid(`${command.name} has no option ${rawName}; ${hint}`)
}

export function hasSwitch({ given }: Arguments, name: string): boolean {
  return given.has(name)
}

export function textOption({ given }: Arguments, name: string): string | undefined {
  return given.get(name)
}

/** What a command cannot do without. */
export function requiredText(command: Command, { given }: Arguments, name: string): string {
  const text = given.get(name)
  if (text !== undefined) return text
  const value = command.options.find((option) => option.name === name)?.value ?? ''
  throw invalid(
    `${command.name} needs --${name} ${value}; \`musivum ${command.name} --help\` shows an example`,
  )
}

/** The same for an option that may be given several times: at least one. */
export function requiredTexts(command: Command, args: Arguments, name: string): readonly string[] {
  return args.repeated?.get(name) ?? [requiredText(command, args, name)]
}

/** One of a few words, or one line that names them. */
export function choiceOption<const Choice extends string>(
  { given }: Arguments,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = given.get(name)
  const choice = choices.find((each) => each === text)
  if (text === undefined || choice !== undefined) return choice
  throw invalid(`--${name}: expected ${choices.join(', ').replace(/, ([^,]*)$/, ' or $1')}, not "${text}"`)
}

/** A whole number within bounds, or one line that says what was expected. */
export function wholeNumberOption(
  args: Arguments,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const text = args.given.get(name)
  return text === undefined ? undefined : wholeNumber(`--${name}`, text, least, most)
}

export function wholeNumber(source: string, text: string, least: number, most: number): number {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw invalid(`${source}: expected a whole number from ${least} to ${most}, not "${text}"`)
}

export function numberOption(args: Arguments, name: string, least: number, most: number): number | undefined {
  const text = args.given.get(name)
  if (text === undefined) return undefined
  const value = /^-?\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw invalid(`--${name}: expected a number from ${least} to ${most}, not "${text}"`)
}
