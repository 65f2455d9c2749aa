import { withoutSecrets } from '../../../core/errors.ts'
import { dotted, type Path } from '../yaml-places.ts'

/** Something of the foreign file that the new one does not say. No field ever repeats a text of the file. */
export type NotCarried = {
  /** `router_settings.allowed_fails`; lists count from 0. */
  readonly path: string
  /** From 1; absent where the format does not tell. */
  readonly line?: number
  readonly what: string
  readonly why: string
  readonly instead: string
}

/** Why a setting is not carried over, and what to do. `at` is a dotted path: `*` stands for any key or index, `**.` for any place. */
export type Hint = { readonly at: string; readonly why: string; readonly instead: string }

export type LineOf = (path: Path) => number | undefined

/** A foreign configuration that remembers what of it was read: what nobody read is reported, so nothing is lost in silence. */
export type Source = {
  readonly root: Cursor
  /** Reports what was neither read nor reported so far, as few lines as possible. */
  readonly sweep: (hints: readonly Hint[]) => void
  /** In the order of the file. */
  readonly notCarried: () => readonly NotCarried[]
  /** The leaves that the new configuration says. */
  readonly carried: () => readonly Path[]
  /** The places that it does not say, with all that stands in them. */
  readonly left: () => readonly Path[]
  readonly lineOf: LineOf
}

export function openSource(value: unknown, lineOf: LineOf): Source {
  const read: Read = { used: new Map(), left: new Map(), remarks: new Map(), lineOf }
  return {
    root: new Cursor(value, [], read),
    sweep: (hints) => sweep(value, [], hints, read),
    notCarried: () =>
      inOrder([...read.left.values(), ...read.remarks.values()].filter((each) => isOutermost(each, read))),
    carried: () => [...read.used.values()],
    left: () => Array.from(read.left.values(), ({ path }) => path),
    lineOf,
  }
}

type Read = {
  readonly used: Map<string, Path>
  readonly left: Map<string, Report>
  readonly remarks: Map<string, Report>
  readonly lineOf: LineOf
}

type Report = Pick<NotCarried, 'what' | 'why' | 'instead'> & {
  readonly path: Path
  readonly line: number | undefined
}

/** Where a whole group was left out, what was said of its parts before says nothing more. */
function isOutermost({ path }: Report, { left }: Read): boolean {
  return path.every((_, length) => length === 0 || !left.has(keyOf(path.slice(0, length))))
}

function inOrder(reports: readonly Report[]): readonly NotCarried[] {
  return reports.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)).map(notCarried)
}

/** One place of a foreign configuration. Reading a value says that it is carried over. */
export class Cursor {
  /** Not yet carried over: for looking at what kind of thing this is. */
  readonly peek: unknown
  readonly path: Path
  readonly #read: Read

  constructor(value: unknown, path: Path, read: Read) {
    this.peek = value
    this.path = path
    this.#read = read
  }

  /** The first of these keys that says something; a cursor on nothing when none does. */
  get(...names: readonly [string, ...string[]]): Cursor {
    const [first] = names
    const name = names.find((each) => own(this.peek, each) !== undefined) ?? first
    return new Cursor(own(this.peek, name), [...this.path, name], this.#read)
  }

  /** True where something stands; null says nothing. */
  get present(): boolean {
    return this.peek !== undefined && this.peek !== null
  }

  get line(): number | undefined {
    return this.#read.lineOf(this.path)
  }

  get key(): string {
    return String(this.path.at(-1) ?? '')
  }

  entries(): readonly Cursor[] {
    return isMapping(this.peek) ? Object.keys(this.peek).map((name) => this.get(name)) : []
  }

  items(): readonly Cursor[] {
    if (!Array.isArray(this.peek)) return []
    return this.peek.map((item, index) => new Cursor(item, [...this.path, index], this.#read))
  }

  text(): string | undefined {
    return typeof this.peek === 'string' ? this.#used(this.peek) : undefined
  }

  number(): number | undefined {
    return typeof this.peek === 'number' ? this.#used(this.peek) : undefined
  }

  flag(): boolean | undefined {
    return typeof this.peek === 'boolean' ? this.#used(this.peek) : undefined
  }

  /** Says that this, with all that stands in it, is not carried over. */
  leave(why: string, instead: string, what: string = kindOf(this.peek)): void {
    if (!this.present) return
    this.#read.left.set(keyOf(this.path), { path: this.path, line: this.line, what, why, instead })
  }

  /** Says that something about this is different now, and nothing about what stands in it. */
  remark(what: string, why: string, instead: string): void {
    this.#read.remarks.set(`${keyOf(this.path)}${END}${what}`, {
      path: this.path,
      line: this.line,
      what,
      why,
      instead,
    })
  }

  #used<Value>(value: Value): Value {
    this.#read.used.set(keyOf(this.path), this.path)
    return value
  }
}

function sweep(value: unknown, path: Path, hints: readonly Hint[], read: Read): void {
  if (value === undefined || value === null || read.left.has(keyOf(path))) return
  const children = childrenOf(value)
  if (children === undefined) {
    if (!read.used.has(keyOf(path))) report(value, path, hints, read)
  } else if (
    children.length > 0 &&
    path.length > 0 &&
    !isTouched(path, read) &&
    !hasHintInside(value, path, hints)
  ) {
    report(value, path, hints, read)
  } else {
    for (const [key, child] of children) sweep(child, [...path, key], hints, read)
  }
}

function report(value: unknown, path: Path, hints: readonly Hint[], read: Read): void {
  const { why, instead } = hintFor(path, hints)
  read.left.set(keyOf(path), { path, line: read.lineOf(path), what: kindOf(value), why, instead })
}

function notCarried({ path, line, what, why, instead }: Report): NotCarried {
  // A key may have been pasted where a name belongs, and names stand in paths and sentences.
  return {
    path: withoutSecrets(dotted(path)),
    ...(line === undefined ? {} : { line }),
    what: withoutSecrets(what),
    why: withoutSecrets(why),
    instead: withoutSecrets(instead),
  }
}

/** Something below has a story of its own already. */
function isTouched(path: Path, read: Read): boolean {
  const start = `${keyOf(path)}${END}`
  return [...read.used.keys(), ...read.left.keys()].some((key) => key.startsWith(start))
}

const UNKNOWN = {
  why: 'Musivum has no such setting',
  instead: 'look whether you still need it; there is nothing to put in its place',
}

/** The hint for the place itself, else for the nearest place around it. */
function hintFor(path: Path, hints: readonly Hint[]): Pick<Hint, 'why' | 'instead'> {
  for (let length = path.length; length > 0; length -= 1) {
    const hint = hintAt(path.slice(0, length), hints)
    if (hint !== undefined) return hint
  }
  return UNKNOWN
}

function hintAt(path: Path, hints: readonly Hint[]): Hint | undefined {
  return hints.find(({ at }) =>
    at.startsWith(ANYWHERE) ? endsWith(path, at.slice(ANYWHERE.length)) : matches(at.split('.'), path),
  )
}

const ANYWHERE = '**.'

function endsWith(path: Path, at: string): boolean {
  const pattern = at.split('.')
  return pattern.length <= path.length && matches(pattern, path.slice(path.length - pattern.length))
}

function hasHintInside(value: unknown, path: Path, hints: readonly Hint[]): boolean {
  return (childrenOf(value) ?? []).some(([key, child]) => {
    const inner = [...path, key]
    return hintAt(inner, hints) !== undefined || hasHintInside(child, inner, hints)
  })
}

function matches(pattern: readonly string[], path: Path): boolean {
  return (
    pattern.length === path.length && pattern.every((part, i) => part === '*' || part === String(path[i]))
  )
}

function childrenOf(value: unknown): readonly (readonly [PropertyKey, unknown])[] | undefined {
  if (Array.isArray(value)) return value.map((item, index) => [index, item] as const)
  return isMapping(value) ? Object.entries(value) : undefined
}

/** Numbers and switches are repeated, texts are not: a text may be a key that somebody pasted there. */
function kindOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.length === 1 ? 'a list of one' : `a list of ${value.length}`
  return isMapping(value) ? 'a group of settings' : 'a text'
}

function own(value: unknown, key: string): unknown {
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

// No key of a file holds it, so `a` + `b.c` and `a.b` + `c` are two places.
const END = '\u0000'

function keyOf(path: Path): string {
  return path.map(String).join(END)
}
