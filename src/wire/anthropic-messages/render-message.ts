import type { Message, Part } from '../../core/conversation.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { hasFields, nestedExtra, noFields } from '../json-extra.ts'
import { unsayable } from '../openai-changes.ts'
import { groupByCall, type ToolResultGroup } from '../openai-tool-results.ts'
import { renderCarried, renderCacheMark } from './carried-fields.ts'
import { renderBlock, type BlockSetting } from './render-block.ts'
import { toolUseId } from './tool-use-id.ts'

export type RenderedMessages = {
  /** Undefined when there is no system prompt. */
  readonly system: Json | undefined
  readonly messages: readonly JsonObject[]
}

/**
 * Messages in Anthropic's form: a system prompt apart, then turns of user and assistant, the results of tools first in the
 * user's turn that holds them.
 */
export function renderMessages(messages: readonly Message[], setting: BlockSetting): RenderedMessages {
  const leading = messages.findIndex((message) => !isSystem(message))
  const first = leading === -1 ? messages.length : leading
  const system: JsonObject[] = []
  const turns: Turn[] = []
  for (const [index, message] of messages.entries()) {
    const path = setting.words.same ? pathOfTurn(turns, message, setting) : setting.words.pathOfMessage(index)
    reportExtra(message, path, setting)
    if (index < first) system.push(...systemBlocks(message, path, setting))
    else if (isSystem(message) && !setting.words.same) system.push(...hoisted(message, path, setting))
    else takeMessage(turns, message, path, setting)
  }
  return {
    system: system.length === 0 ? undefined : contentOf(system),
    messages: turns.filter((turn) => setting.words.same || !isEmpty(turn)).map(renderTurn),
  }
}

/** Where a client of this protocol wrote it: our messages are more than its turns, as the results of tools stand apart. */
function pathOfTurn(turns: readonly Turn[], message: Message, setting: BlockSetting): string {
  const open = turns.at(-1)
  const joined = open !== undefined && joins(open, roleOfTurn(message), setting)
  return `messages[${joined ? turns.length - 1 : turns.length}]`
}

type Turn = {
  readonly role: 'user' | 'assistant' | 'system'
  /** Results of tools, which stand before everything else. */
  readonly results: JsonObject[]
  readonly blocks: JsonObject[]
  /** Unknown fields of the message that ended this turn: nothing is added after them. */
  extra: JsonObject
}

function isSystem({ role }: Message): boolean {
  return role === 'system' || role === 'developer'
}

function isEmpty({ results, blocks }: Turn): boolean {
  return results.length + blocks.length === 0
}

function renderTurn({ role, results, blocks, extra }: Turn): JsonObject {
  return { ...extra, role, content: contentOf([...results, ...blocks]) }
}

function takeMessage(turns: Turn[], message: Message, path: string, setting: BlockSetting): void {
  const role = roleOfTurn(message)
  const open = turns.at(-1)
  const turn: Turn =
    open !== undefined && joins(open, role, setting)
      ? open
      : { role, results: [], blocks: [], extra: noFields }
  if (turn !== open) turns.push(turn)
  if (message.role === 'tool') turn.results.push(...toolResults(message, path, setting))
  else turn.blocks.push(...blocksOf(message, path, setting))
  if (setting.words.same) turn.extra = message.extra
}

/** A client of this protocol gets its messages back as it cut them: only what we took apart goes together again. */
function joins(open: Turn, role: Turn['role'], { words }: BlockSetting): boolean {
  if (open.role !== role || role === 'system' || hasFields(open.extra)) return false
  return !words.same || (role === 'user' && open.blocks.length === 0)
}

function roleOfTurn(message: Message): Turn['role'] {
  if (isSystem(message)) return 'system'
  return message.role === 'assistant' ? 'assistant' : 'user'
}

function blocksOf(message: Message, path: string, setting: BlockSetting): readonly JsonObject[] {
  return message.parts.flatMap((part, index) =>
    listed(renderBlock(part, `${path}.content[${index}]`, setting)),
  )
}

function systemBlocks(message: Message, path: string, setting: BlockSetting): readonly JsonObject[] {
  const other = message.parts.findIndex((part) => part.kind !== 'text')
  if (other !== -1)
    throw unsayable(`${path}.content[${other}]`, 'a system prompt holds text and nothing else')
  return blocksOf(message, path, setting)
}

/** Not every server of this wire takes instructions in the middle, and those that do take them after a user's turn only. */
function hoisted(message: Message, path: string, setting: BlockSetting): readonly JsonObject[] {
  setting.words.changed(path, 'instructions in the middle are moved to the system prompt')
  return systemBlocks(message, path, setting)
}

/** One block per call. */
function toolResults(message: Message, path: string, setting: BlockSetting): readonly JsonObject[] {
  return groupByCall(message.parts).map((group) =>
    toolResult({ ...group, id: group.id ?? idOfWordless(message) }, `${path}.content`, setting),
  )
}

/** Chat keeps the id of a result that holds no text at all beside the content. */
function idOfWordless({ extra }: Message): string {
  return typeof extra.tool_call_id === 'string' ? extra.tool_call_id : ''
}

function toolResult({ id, parts }: ToolResultGroup, path: string, setting: BlockSetting): JsonObject {
  const { same } = setting.words
  const last = parts.at(-1)
  const first = parts.find((part) => part.kind === 'tool-result')
  const failed = parts.some((part) => part.kind === 'tool-result' && part.failed === true)
  const content = parts.flatMap((part) => resultBlock(part, path, part === last, setting))
  const { content: _content, ...extra } = first?.extra ?? {}
  return {
    ...(same ? renderCarried({ extra }) : {}),
    type: 'tool_result',
    tool_use_id: same ? (id ?? '') : toolUseId(id ?? ''),
    ...(content.length === 0 ? {} : { content: contentOf(content) }),
    ...(failed ? { is_error: true } : {}),
    ...renderCacheMark(last?.cacheMark, same ? extra : noFields),
  }
}

/** The mark of the last part is that of the result. What a result carries itself stands on its first text. */
function resultBlock(
  part: Part,
  path: string,
  isLast: boolean,
  setting: BlockSetting,
): readonly JsonObject[] {
  const { cacheMark, ...rest } = part
  const marked: Part = isLast || cacheMark === undefined ? (rest as Part) : part
  if (part.kind !== 'tool-result') return listed(renderBlock(marked, path, setting))
  if (!setting.words.same) return listed(renderBlock(marked, path, setting))
  if (part.text === '') return []
  const carried = {
    ...(marked.cacheMark && { cacheMark: marked.cacheMark }),
    extra: nestedExtra(part.extra, 'content'),
  }
  return [{ type: 'text', text: part.text, ...renderCarried(carried) }]
}

function listed(block: JsonObject | undefined): readonly JsonObject[] {
  return block === undefined ? [] : [block]
}

/** A single plain text is written as text, as most clients do. */
function contentOf(blocks: readonly JsonObject[]): Json {
  const [first] = blocks
  const plain = blocks.length === 1 && first?.type === 'text' && Object.keys(first).length === 2
  return plain && first.text !== undefined ? first.text : blocks
}

function reportExtra({ extra, name }: Message, path: string, { words }: BlockSetting): void {
  if (words.same) return
  if (name !== undefined) words.leftOut(`${path}.name`, 'this protocol has no names of speakers')
  if ('tool_calls' in extra)
    throw unsayable(`${path}.tool_calls`, 'the Messages protocol has no tool calls of this kind')
  words.leaveOut(extra, path)
}
