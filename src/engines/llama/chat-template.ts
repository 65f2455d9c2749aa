import { randomBytes } from 'node:crypto'
import { createContext, Script } from 'node:vm'
import { MusivumError } from '../../core/errors.ts'
import type { ChatMessage } from './protocol.ts'

/** A stretch of the prompt: the template's own, where control tokens count, or a message's, where they are plain text. */
export type PromptPiece = { readonly kind: 'template' | 'message'; readonly text: string }

export type ChatTemplate = (messages: readonly ChatMessage[]) => readonly PromptPiece[]

export type JinjaModule = {
  readonly Template: new (source: string) => { render(values: Record<string, unknown>): string }
}

/**
 * The prompt of a conversation, by the template that came with the weights. The template never sees what anybody
 * wrote: it renders placeholders, and the texts are put between its pieces afterwards. So nothing in a message can
 * become a control token or template code, and the rendering depends only on roles and can be kept.
 *
 * White space around a text is rendered as such, so that a template that trims still does. A template that looks
 * inside texts (to remove reasoning from earlier turns) finds nothing to look at.
 *
 * @throws MusivumError `request.unsupported` from the returned function when the template refuses the conversation
 */
export function chatTemplate(jinja: JinjaModule, source: string, special: Special): ChatTemplate {
  const template = parseTemplate(jinja, source)
  const shapes = new Map<string, readonly Shape[]>()
  // A template that prints today's date must not be kept until tomorrow.
  const timeless = !source.includes('strftime_now')

  function shape(messages: readonly ChatMessage[]): readonly Shape[] {
    const key = JSON.stringify(
      messages.map((message) => [message.role, edges(message.text), message.name !== undefined]),
    )
    const known = shapes.get(key)
    if (known !== undefined) return known
    const made = renderShape(template, messages, special)
    if (shapes.size >= MAX_SHAPES) shapes.clear()
    if (timeless) shapes.set(key, made)
    return made
  }

  return (messages) => fill(shape(messages), messages)
}

// Role sequences seen lately; each some kilobytes.
const MAX_SHAPES = 256
// A hostile template can loop for ever and would hold the process; honest ones take less than a millisecond.
const RENDER_TIMEOUT_MS = 2_000

type Template = { render(values: Record<string, unknown>): string }
type Special = { readonly bos: string; readonly eos: string }
type Shape = { readonly kind: 'template'; readonly text: string } | Hole
/** Where a text goes. `lead` and `trail` are the white space around it that the template kept. */
type Hole = {
  readonly kind: 'hole'
  readonly of: 'text' | 'name'
  readonly message: number
  readonly lead: string
  readonly trail: string
}

function parseTemplate(jinja: JinjaModule, source: string): Template {
  try {
    return within(() => new jinja.Template(source))
  } catch (cause) {
    const why = `The chat template of these weights cannot be read: ${reason(cause)}.`
    throw new MusivumError('engine.failed', why, {}, { cause })
  }
}

function renderShape(
  template: Template,
  messages: readonly ChatMessage[],
  special: Special,
): readonly Shape[] {
  const turns = messages.map((message, index) => turn(message, index))
  try {
    return shapeOf(template, messages, turns, special)
  } catch (thrown) {
    if (!messages.some((message) => message.role === 'system')) throw refusal(thrown)
    return withoutSystemRole(template, messages, turns, special)
  }
}

/** Some templates (Gemma, early Mistral) know no system role: its text then goes where they have room, into a user turn. */
function withoutSystemRole(
  template: Template,
  messages: readonly ChatMessage[],
  turns: readonly Turn[],
  special: Special,
): readonly Shape[] {
  const known = turns.map((one) => (one.role === 'system' ? { ...one, role: 'user' } : one))
  try {
    return shapeOf(template, messages, joinUserTurns(known), special)
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

function shapeOf(
  template: Template,
  messages: readonly ChatMessage[],
  turns: readonly Turn[],
  special: Special,
): readonly Shape[] {
  const values = {
    messages: turns,
    add_generation_prompt: true,
    bos_token: special.bos,
    eos_token: special.eos,
  }
  const shape = split(
    within(() => template.render(values)),
    messages,
  )
  for (const [index, message] of messages.entries()) {
    if (shape.some((piece) => piece.kind === 'hole' && piece.of === 'text' && piece.message === index))
      continue
    throw new Error(`it has no place for a message of the role ${message.role}`)
  }
  return shape
}

type Turn = { readonly role: string; readonly content: string; readonly name?: string }

function turn(message: ChatMessage, index: number): Turn {
  const { lead, trail } = edges(message.text)
  const content = `${lead}${MARK}T${index}E${trail}`
  const { role } = message
  return message.name === undefined ? { role, content } : { role, content, name: `${MARK}N${index}E` }
}

/** Templates without a system role insist on alternation. */
function joinUserTurns(turns: readonly Turn[]): readonly Turn[] {
  const joined: Turn[] = []
  for (const next of turns) {
    const last = joined.at(-1)
    if (last?.role === 'user' && next.role === 'user') {
      joined[joined.length - 1] = { ...last, content: `${last.content}\n\n${next.content}` }
    } else joined.push(next)
  }
  return joined
}

function edges(text: string): { readonly lead: string; readonly trail: string } {
  const lead = /^\s*/.exec(text)?.[0] ?? ''
  return { lead, trail: lead.length === text.length ? '' : (/\s*$/.exec(text)?.[0] ?? '') }
}

// Nobody can write a placeholder: it is drawn when the process starts and never leaves it.
const MARK = `M${randomBytes(12).toString('hex')}`
const HOLES = new RegExp(`(\\s*)${MARK}([TN])(\\d+)E(\\s*)`, 'g')

function split(text: string, messages: readonly ChatMessage[]): readonly Shape[] {
  const pieces: Shape[] = []
  let from = 0
  for (const found of text.matchAll(HOLES)) {
    const hole = holeOf(found, messages)
    const start = found.index + (found[1]?.length ?? 0) - hole.lead.length
    pushTemplate(pieces, text.slice(from, start))
    pieces.push(hole)
    from = found.index + found[0].length - (found[4]?.length ?? 0) + hole.trail.length
  }
  pushTemplate(pieces, text.slice(from))
  return pieces
}

function pushTemplate(pieces: Shape[], text: string): void {
  if (text !== '') pieces.push({ kind: 'template', text })
}

/** White space that the template let stand goes back to the text, so that both are tokenised together. */
function holeOf(
  [, before = '', of, index, after = '']: RegExpExecArray,
  messages: readonly ChatMessage[],
): Hole {
  const message = Number(index)
  if (of === 'N') return { kind: 'hole', of: 'name', message, lead: '', trail: '' }
  const { lead, trail } = edges(messages[message]?.text ?? '')
  return {
    kind: 'hole',
    of: 'text',
    message,
    lead: before.endsWith(lead) ? lead : '',
    trail: after.startsWith(trail) ? trail : '',
  }
}

function fill(shape: readonly Shape[], messages: readonly ChatMessage[]): readonly PromptPiece[] {
  return shape.flatMap((piece): PromptPiece[] => {
    const text = piece.kind === 'template' ? piece.text : textOf(piece, messages[piece.message])
    return text === '' ? [] : [{ kind: piece.kind === 'template' ? 'template' : 'message', text }]
  })
}

function textOf(hole: Hole, message: ChatMessage | undefined): string {
  if (message === undefined || hole.of === 'name') return message?.name ?? ''
  const { lead, trail } = edges(message.text)
  return hole.lead + message.text.slice(lead.length, message.text.length - trail.length) + hole.trail
}

const sandbox = createContext({ work: undefined as unknown })
const call = new Script('work()')

/** Runs a stranger's template with a time limit: the only way to interrupt a loop in this thread. */
function within<T>(work: () => T): T {
  sandbox['work'] = work
  return call.runInContext(sandbox, { timeout: RENDER_TIMEOUT_MS }) as T
}
