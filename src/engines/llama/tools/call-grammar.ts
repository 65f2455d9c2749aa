import { MusivumError } from '../../../core/errors.ts'
import { partsOf, type CallSyntax, type PatternPart } from './call-syntax.ts'
import { ANY, CALLS, textStates } from './text-states.ts'
import type { ChatTool, ToolUse } from './tool-use.ts'

/**
 * The GBNF of an answer that may or must call tools: their arguments are held to their schemas from the first character on.
 *
 * Text is a part of it: any that never contains what calls begin with (`textStates`, a rule for each), and where it does, calls
 * follow. So text is as free as without tools but for that one marker, and a marker that is written is a call of a tool that
 * exists.
 *
 * @param answer GBNF of the form that an answer must have which calls nothing; absent: any text
 * @throws MusivumError `request.unsupported` where the two could not be told apart
 */
export function callGrammar(syntax: CallSyntax, use: ToolUse, answer?: string): string {
  const begin = choiceOf(syntax.begins.map(quoted))
  const rules = use.most === 0 ? [] : callRules(syntax, use)
  if (use.least > 0) return [`root ::= [ \\n]? ${begin} calls`, ...rules].join('\n')
  if (answer === undefined) return ['root ::= text0', ...textRules(syntax, use.most > 0), ...rules].join('\n')
  if (syntax.alone === true && use.most > 0) throw alike()
  const called = use.most === 0 ? '' : `${begin} calls | `
  return [`root ::= ${called}answer-root`, renamed(answer, 'answer-'), ...rules].join('\n')
}

/**
 * The same from the middle of an answer: for a text that stands at `state` (of `textStates`), or at its calls. Applied to each
 * token of a large vocabulary a grammar takes longer than a small model, so text is left to itself until it matters.
 */
export function callGrammarFrom(syntax: CallSyntax, use: ToolUse, state: string): string {
  if (state === CALLS) return [`root ::= ${CALLS}`, ...callRules(syntax, use)].join('\n')
  const root = `root ::= text${textStates(syntax).states.indexOf(state)}`
  return [root, ...textRules(syntax, true), ...callRules(syntax, use)].join('\n')
}

function alike(): MusivumError {
  const why =
    'This model writes the call of a tool as a JSON object without any mark, which cannot be told from an answer in JSON. Send tool_choice `required` or `none`, or no response format.'
  return new MusivumError('request.unsupported', why)
}

function callRules(syntax: CallSyntax, { tools, most, only }: ToolUse): readonly string[] {
  const named = tools.filter(({ name }) => only === undefined || name === only)
  const more = most > 1 && syntax.next !== undefined ? ` next{0,${most - 1}}` : ''
  return [
    `calls ::= first${more} ${written(partsOf(syntax.end))}`,
    `first ::= ${callOf(syntax.first, named)}`,
    ...(more === '' ? [] : [`next ::= ${callOf(syntax.next ?? '', named)}`]),
    ...named.map(({ grammar }, index) => renamed(grammar, `tool${index}-`)),
    // Families indent by up to four; bounded, because small models like to write white space for ever.
    String.raw`space ::= | " " | "\n" " "{0,4}`,
  ]
}

function callOf(pattern: string, tools: readonly ChatTool[]): string {
  const parts = partsOf(pattern)
  const name = parts.findIndex(({ kind }) => kind === 'name')
  const args = parts.findIndex(({ kind }) => kind === 'args')
  const between = written(parts.slice(name + 1, args))
  const leaves = tools.map((tool, index): Leaf => [tool.name, `${between} tool${index}-root`])
  return `${written(parts.slice(0, name))} ${byName(leaves)} ${written(parts.slice(args + 1))}`
}

type Leaf = readonly [rest: string, then: string]

/** Names share their beginnings: the engine walks every alternative for every token of its vocabulary. */
function byName(leaves: readonly Leaf[]): string {
  const [only] = leaves
  if (leaves.length === 1 && only !== undefined) return `${quoted(only[0])} ${only[1]}`
  const letters = Map.groupBy(leaves, ([rest]) => rest.slice(0, 1))
  return choiceOf(
    [...letters].map(([letter, branch]) =>
      letter === ''
        ? choiceOf(branch.map(([, then]) => then))
        : `${quoted(letter)} ${byName(branch.map(([rest, then]) => [rest.slice(1), then]))}`,
    ),
  )
}

function written(parts: readonly PatternPart[]): string {
  return parts
    .map((part) => (part.kind === 'literal' ? quoted(part.text) : (RULES[part.kind] ?? '')))
    .join(' ')
}

const RULES: Readonly<Record<string, string | undefined>> = { space: 'space', id: '[a-zA-Z0-9]{1,9}' }

function choiceOf(options: readonly string[]): string {
  return options.length === 1 ? (options[0] ?? '') : `(${options.join(' | ')})`
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

/** All rules of a grammar under other names. What stands in quotes or brackets is no name. */
function renamed(grammar: string, prefix: string): string {
  return grammar.replace(/"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[a-zA-Z][\w-]*/g, (found) =>
    /^["[]/.test(found) ? found : prefix + found,
  )
}

function textRules(syntax: CallSyntax, mayCall: boolean): readonly string[] {
  const { states, letters, after } = textStates(syntax)
  const otherwise = syntax.alone === true ? ANY : ''
  const named = (state: string): string =>
    state === CALLS || state === ANY ? state : `text${states.indexOf(state)}`
  const rules = states.map((state) => {
    const ways = letters
      .map((letter) => [letter, after(state, letter)] as const)
      .filter(([, next]) => next !== otherwise)
    const others = `[^${ways.map(([letter]) => inClass(letter)).join('')}] ${named(otherwise)}`
    const known = ways.filter(([, next]) => next !== CALLS || mayCall)
    const options = [...known.map(([letter, next]) => `${quoted(letter)} ${named(next)}`), others]
    return `${named(state)} ::= | ${options.join(' | ')}`
  })
  return syntax.alone === true ? [...rules, String.raw`${ANY} ::= [^\x00]*`] : rules
}

function inClass(letter: string): string {
  return /[\]\\^[\n-]/.test(letter) ? `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}` : letter
}
