import type { WireChange } from '../../core/conversation.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { setField } from '../../wire/json-extra.ts'
import { editJsonObject } from '../../wire/json-edit.ts'
import { scanJson } from '../../wire/json-scan.ts'
import { arrayItems } from './array-items.ts'

/** Where a server's words for a request differ from OpenAI's. */
export type FieldQuirks = {
  /** Top-level fields it rejects. */
  readonly drops: ReadonlySet<string>
  /** Fields of messages it rejects. */
  readonly messageDrops: ReadonlySet<string>
  /** Top-level fields it knows by another name. */
  readonly renames: ReadonlyMap<string, string>
  readonly roles: ReadonlyMap<string, string>
}

export type Adapted<Body> = { readonly body: Body; readonly changes: readonly WireChange[] }

/** A body that we wrote, in the words of the server. */
export function adaptBody(body: JsonObject, quirks: FieldQuirks): Adapted<JsonObject> {
  const changes = createNotes()
  const adapted: Record<string, Json> = {}
  for (const [key, value] of Object.entries(body)) {
    const name = quirks.renames.get(key)
    if (quirks.drops.has(key)) changes.add(rejected(key))
    else if (name === undefined) setField(adapted, key, value)
    else {
      changes.add(renamed(key, name))
      // The server's own name wins where a client wrote both.
      if (!Object.hasOwn(body, name)) setField(adapted, name, value)
    }
  }
  if (isJsonArray(adapted['messages']))
    adapted['messages'] = adapted['messages'].map((message) => adaptMessage(message, quirks, changes))
  return { body: adapted, changes: changes.all() }
}

function adaptMessage(message: Json, quirks: FieldQuirks, changes: Notes): Json {
  if (!isJsonObject(message)) return message
  const adapted: Record<string, Json> = {}
  for (const [key, value] of Object.entries(message)) {
    const role = key === 'role' && typeof value === 'string' ? quirks.roles.get(value) : undefined
    if (quirks.messageDrops.has(key)) changes.add(rejected(`messages[].${key}`))
    else setField(adapted, key, role ?? value)
    if (role !== undefined) changes.add(otherRole(role))
  }
  return adapted
}

/**
 * A client's own text with other names where the server has other names; every byte else stays. Top-level fields to drop
 * are left to `replaceTopLevel`, which has to read them anyway.
 */
export function adaptText(body: string, quirks: FieldQuirks): Adapted<string> {
  const changes = createNotes()
  const text = adaptMessages(renameFields(body, quirks, changes), quirks, changes)
  return { body: text, changes: changes.all() }
}

function renameFields(body: string, { renames }: FieldQuirks, changes: Notes): string {
  if (!mentions(body, renames.keys())) return body
  const members = scanJson(body)
  const there = new Set(members.map(({ key }) => key))
  const set = new Map<string, string>()
  const drop = new Set<string>()
  for (const member of members) {
    const name = renames.get(member.key)
    if (name === undefined) continue
    changes.add(renamed(member.key, name))
    drop.add(member.key)
    if (!there.has(name)) set.set(name, body.slice(member.valueStart, member.end))
  }
  return drop.size === 0 ? body : editJsonObject(body, members, { set, drop })
}

function adaptMessages(body: string, quirks: FieldQuirks, changes: Notes): string {
  if (!mentions(body, quirks.messageDrops) && !mentions(body, quirks.roles.keys())) return body
  const members = scanJson(body)
  const messages = members.find(({ key }) => key === 'messages')
  if (messages === undefined) return body
  let adapted = ''
  let kept = messages.valueStart
  for (const { start, end } of arrayItems(body, messages.valueStart)) {
    adapted += body.slice(kept, start) + adaptMessageText(body.slice(start, end), quirks, changes)
    kept = end
  }
  return body.slice(0, messages.valueStart) + adapted + body.slice(kept)
}

function adaptMessageText(text: string, quirks: FieldQuirks, changes: Notes): string {
  if (!text.startsWith('{')) return text
  const members = scanJson(text)
  const set = new Map<string, string>()
  const drop = new Set<string>()
  for (const { key, valueStart, end } of members) {
    if (quirks.messageDrops.has(key)) {
      drop.add(key)
      changes.add(rejected(`messages[].${key}`))
    }
    const role = key === 'role' ? quirks.roles.get(unquoted(text.slice(valueStart, end))) : undefined
    if (role === undefined) continue
    set.set(key, JSON.stringify(role))
    changes.add(otherRole(role))
  }
  return drop.size + set.size === 0 ? text : editJsonObject(text, members, { set, drop })
}

/** Spares most bodies the walk. A key that is written with escapes is missed; the server then refuses it in its own words. */
function mentions(body: string, words: Iterable<string>): boolean {
  for (const word of words) if (body.includes(`"${word}"`)) return true
  return false
}

function unquoted(text: string): string {
  const value: unknown = text.startsWith('"') ? JSON.parse(text) : undefined
  return typeof value === 'string' ? value : ''
}

export function rejected(path: string): WireChange {
  return { kind: 'left-out', path, why: 'the server behind the model does not take it' }
}

function renamed(path: string, name: string): WireChange {
  return { kind: 'changed', path, why: `the server behind the model calls it ${name}` }
}

function otherRole(role: string): WireChange {
  return { kind: 'changed', path: 'messages[].role', why: `the server behind the model calls it ${role}` }
}

type Notes = { readonly add: (change: WireChange) => void; readonly all: () => readonly WireChange[] }

/** Each path once: they travel in a header, and an agent's history has hundreds of messages. */
function createNotes(): Notes {
  const byPath = new Map<string, WireChange>()
  return {
    add: (change) => void byPath.set(change.path, change),
    all: () => [...byPath.values()],
  }
}
