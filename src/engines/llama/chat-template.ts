import { createContext, Script } from 'node:vm'
import { MusivumError } from '../../core/errors.ts'
import { isJsonObject } from '../../core/json.ts'
import type { ChatMessage, ChatPrompt } from './protocol.ts'
import { callSyntaxOf } from './tools/call-syntax.ts'
import { genericForm } from './tools/generic-form.ts'
import {
  edges,
  hiddenPrompt,
  PLACEHOLDERS,
  WORDS,
  type HiddenPrompt,
  type HiddenText,
  type HiddenTurn,
} from './tools/hidden-prompt.ts'
import { callsApart, turnsApart } from './tools/turns-apart.ts'

/** A stretch of the prompt: the template's own, where control tokens count, or a message's, where they are plain text. */
export type PromptPiece = { readonly kind: 'template' | 'message'; readonly text: string }

export type ChatTemplate = (prompt: ChatPrompt) => readonly PromptPiece[]

export type JinjaModule = {
  readonly Template: new (source: string) => { render(values: Record<string, unknown>): string }
}

/**
 * The prompt of a conversation, by the template that came with the weights. The template never sees what anybody
 * wrote: it renders placeholders, and the texts are put between its pieces afterwards. So nothing in a message, in the
 * description of a tool, in its arguments or its result can become a control token or template code, and the rendering
 * depends only on the shape of a conversation and can be kept.
 *
 * White space around a text is rendered as such, so that a template that trims still does. A template that looks
 * inside texts (to remove reasoning from earlier turns) finds nothing to look at.
 *
 * A template that takes tools is given them; for others they are said in the system text, and calls and results in the
 * texts of their turns.
 *
 * @throws MusivumError `request.unsupported` from the returned function when the template refuses the conversation
 */
export function chatTemplate(jinja: JinjaModule, source: string, special: Special): ChatTemplate {
  const template = parseTemplate(jinja, source)
  const takesTools = callSyntaxOf(source).family !== 'generic'
  const shapes = new Map<string, readonly Shape[]>()
  let keptChars = 0
  // A template that prints today's date must not be kept until tomorrow.
  const timeless = !source.includes('strftime_now')

  function shape(hidden: HiddenPrompt): readonly Shape[] {
    const key = JSON.stringify([hidden.messages, hidden.tools, hidden.texts.map(({ needed }) => needed)])
    const known = shapes.get(key)
    if (known !== undefined) return known
    const made = renderShape(template, hidden, special)
    if (timeless) keep(key, made)
    return made
  }

  function keep(key: string, made: readonly Shape[]): void {
    if (shapes.size >= MAX_SHAPES || keptChars + key.length > MAX_KEPT_CHARS) {
      shapes.clear()
      keptChars = 0
    }
    shapes.set(key, made)
    keptChars += key.length
  }

  function pieces(hidden: HiddenPrompt): readonly PromptPiece[] {
    return fill(shape(hidden), hidden.texts)
  }

  return (prompt) => {
    const hasTools = prompt.use !== undefined || prompt.messages.some(isAboutTools)
    if (!hasTools) return pieces(hiddenPrompt(prompt))
    if (!takesTools) return pieces(hiddenPrompt({ messages: genericForm(prompt) }))
    return firstThatRenders(hiddenForms(prompt), pieces)
  }
}

// Role sequences seen lately; each some kilobytes, or a hundred with many tools, and what is made of it about as much again.
const MAX_SHAPES = 256
const MAX_KEPT_CHARS = 8 * 1024 * 1024
// A hostile template can loop for ever and would hold the process; honest ones take less than a millisecond.
const RENDER_TIMEOUT_MS = 2_000

type Template = { render(values: Record<string, unknown>): string }
type Special = { readonly bos: string; readonly eos: string }
type Shape = { readonly kind: 'template'; readonly text: string } | Hole
/** Where a text goes. `lead` and `trail` are the white space around it that the template kept. */
type Hole = {
  readonly kind: 'hole'
  readonly text: number
  readonly lead: string
  readonly trail: string
  /** It stands in a string of JSON that the template writes. */
  readonly inString?: true
}

function isAboutTools({ calls, callId }: ChatMessage): boolean {
  return calls !== undefined || callId !== undefined
}

/** Some templates know one call in a turn, others no text beside it; the last form leaves that out, as their makers do. */
function* hiddenForms(prompt: ChatPrompt): Generator<HiddenPrompt> {
  yield hiddenPrompt(prompt)
  if (!prompt.messages.some(({ calls }) => calls !== undefined)) return
  yield hiddenPrompt({ ...prompt, messages: callsApart(prompt.messages) })
  yield hiddenPrompt({ ...prompt, messages: turnsApart(prompt.messages) })
  yield hiddenPrompt(prompt, { lenient: true })
  yield hiddenPrompt({ ...prompt, messages: callsApart(prompt.messages) }, { lenient: true })
}

/** Throws what the first was refused with. */
function firstThatRenders<Form, Made>(forms: Iterable<Form>, render: (form: Form) => Made): Made {
  let refused: MusivumError | undefined
  for (const form of forms) {
    try {
      return render(form)
    } catch (thrown) {
      if (!(thrown instanceof MusivumError) || ranTooLong(thrown)) throw thrown
      refused ??= thrown
    }
  }
  throw refused ?? new TypeError('a prompt has at least one form')
}

/** In another form it would run as long again. The error is one of the sandbox, whose `Error` is not ours. */
function ranTooLong({ cause }: MusivumError): boolean {
  return isJsonObject(cause) && cause['code'] === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}

function parseTemplate(jinja: JinjaModule, source: string): Template {
  try {
    return within(() => new jinja.Template(source))
  } catch (cause) {
    const why = `The chat template of these weights cannot be read: ${reason(cause)}.`
    throw new MusivumError('engine.failed', why, {}, { cause })
  }
}

function renderShape(template: Template, hidden: HiddenPrompt, special: Special): readonly Shape[] {
  try {
    return shapeOf(template, hidden, special)
  } catch (thrown) {
    if (!hidden.messages.some((turn) => turn.role === 'system')) throw refusal(thrown)
    return withoutSystemRole(template, hidden, special)
  }
}

/** Some templates (Gemma, early Mistral) know no system role: its text then goes where they have room, into a user turn. */
function withoutSystemRole(template: Template, hidden: HiddenPrompt, special: Special): readonly Shape[] {
  const known = hidden.messages.map((turn) => (turn.role === 'system' ? { ...turn, role: 'user' } : turn))
  try {
    return shapeOf(template, { ...hidden, messages: joinUserTurns(known) }, special)
  } catch (thrown) {
    throw refusal(thrown)
  }
}

function refusal(thrown: unknown): MusivumError {
  const why = `The chat template of this model does not take this conversation: ${reason(thrown)}.`
  return new MusivumError('request.unsupported', why, {}, { cause: thrown })
}

function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.replace(/\.$/, '') : String(thrown)
}

function shapeOf(template: Template, hidden: HiddenPrompt, special: Special): readonly Shape[] {
  const { messages, tools, texts } = hidden
  const values = {
    messages,
    ...(tools !== undefined && { tools }),
    add_generation_prompt: true,
    bos_token: special.bos,
    eos_token: special.eos,
  }
  const shape = split(
    within(() => template.render(values)),
    texts,
  )
  const shown = new Set(shape.map((piece) => (piece.kind === 'hole' ? piece.text : -1)))
  const missing = texts.find(({ needed }, index) => needed !== undefined && !shown.has(index))
  if (missing !== undefined) throw new Error(`it has no place for ${missing.needed}`)
  return shape
}

/** Templates without a system role insist on alternation. */
function joinUserTurns(turns: readonly HiddenTurn[]): readonly HiddenTurn[] {
  const joined: HiddenTurn[] = []
  for (const next of turns) {
    const last = joined.at(-1)
    if (last?.role === 'user' && next.role === 'user') {
      joined[joined.length - 1] = { ...last, content: `${last.content}\n\n${next.content}` }
    } else joined.push(next)
  }
  return joined
}

function split(rendered: string, texts: readonly HiddenText[]): readonly Shape[] {
  const pieces: Shape[] = []
  let from = 0
  for (const found of rendered.matchAll(PLACEHOLDERS)) {
    const place = placeOf(found, texts)
    pushTemplate(pieces, rendered.slice(from, place.from))
    pieces.push(place.hole)
    from = place.to
  }
  pushTemplate(pieces, rendered.slice(from))
  return pieces
}

function pushTemplate(pieces: Shape[], text: string): void {
  if (text !== '') pieces.push({ kind: 'template', text })
}

type Place = { readonly hole: Hole; readonly from: number; readonly to: number }

/** White space that the template let stand goes back to the text, so that both are tokenised together. */
function placeOf(found: RegExpExecArray, texts: readonly HiddenText[]): Place {
  const [whole, before = '', number, after = ''] = found
  const text = Number(number)
  const [start, end] = [found.index + before.length, found.index + whole.length - after.length]
  const hidden = texts[text]
  if (hidden?.kind !== 'message') {
    const quoted = found.input[start - 1] === '"' && found.input[end] === '"'
    const marks = quoted && hidden?.kind === 'json' ? 1 : 0
    const inString = quoted && hidden?.kind === 'word' ? { inString: true as const } : {}
    return {
      hole: { kind: 'hole', text, lead: '', trail: '', ...inString },
      from: start - marks,
      to: end + marks,
    }
  }
  const own = edges(hidden.text)
  const lead = before.endsWith(own.lead) ? own.lead : ''
  const trail = after.startsWith(own.trail) ? own.trail : ''
  return { hole: { kind: 'hole', text, lead, trail }, from: start - lead.length, to: end + trail.length }
}

/** What a template writes between two words of JSON: punctuation, numbers and words that are ours. No control token is that. */
function isBetweenWords(text: string): boolean {
  return (
    /^[\s{}[\],:"a-zA-Z$\d.-]*$/.test(text) &&
    (text.match(/[a-zA-Z$]+/g) ?? []).every((word) => WORDS.has(word))
  )
}

function fill(shape: readonly Shape[], texts: readonly HiddenText[]): readonly PromptPiece[] {
  const pieces: PromptPiece[] = []
  // Joined, JSON is tokenised as it would be anywhere else.
  let joins = false
  const isWord = (piece: Shape | undefined): boolean =>
    piece?.kind === 'hole' && texts[piece.text]?.kind !== 'message'

  for (const [index, piece] of shape.entries()) {
    const text = piece.kind === 'template' ? piece.text : filled(piece, texts)
    const between = isWord(shape[index - 1]) && isWord(shape[index + 1]) && isBetweenWords(text)
    const kind = piece.kind === 'template' && !between ? 'template' : 'message'
    const last = pieces.at(-1)
    if (joins && kind === 'message' && last !== undefined)
      pieces[pieces.length - 1] = { kind, text: last.text + text }
    else if (text !== '') pieces.push({ kind, text })
    joins = (between && piece.kind === 'template') || isWord(piece)
  }
  return pieces
}

function filled({ text: index, lead, trail, inString }: Hole, texts: readonly HiddenText[]): string {
  const hidden = texts[index]
  if (hidden === undefined) return ''
  if (inString === true) return JSON.stringify(hidden.text).slice(1, -1)
  if (hidden.kind !== 'message') return hidden.text
  const own = edges(hidden.text)
  return lead + hidden.text.slice(own.lead.length, hidden.text.length - own.trail.length) + trail
}

const sandbox = createContext({ work: undefined as unknown })
const call = new Script('work()')

/** Runs a stranger's template with a time limit: the only way to interrupt a loop in this thread. */
function within<T>(work: () => T): T {
  sandbox['work'] = work
  return call.runInContext(sandbox, { timeout: RENDER_TIMEOUT_MS }) as T
}
