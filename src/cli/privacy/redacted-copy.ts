import { closeSync, lstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { invalid, MusivumError } from '../../core/errors.ts'
import type { Span } from '../../privacy/recognise/recognise.ts'
import type { Terminal } from '../terminal.ts'
import type { TextRecord } from './read-texts.ts'

/** A copy of everything that was read, without what was found. Each file appears when it is whole. */
export type RedactedCopy = {
  readonly add: (record: TextRecord, spans: readonly Span[]) => void
  readonly finish: () => void
  /** Removes what was begun; what was finished stays. */
  readonly abandon: () => void
}

/** @throws MusivumError `request.invalid`: something is there already, or it would be written over what is read */
export function redactedCopy(source: string, out: string, force: boolean, { cwd }: Terminal): RedactedCopy {
  const from = resolve(cwd, source)
  const to = resolve(cwd, out)
  const folder = source !== '-' && lstatSync(from, { throwIfNoEntry: false })?.isDirectory() === true
  if (to === from || (folder && !relative(from, to).startsWith('..')))
    throw invalid(`--redact ${out}: lies where the originals are; expected another place`)
  if (!force && lstatSync(to, { throwIfNoEntry: false }) !== undefined)
    throw invalid(`--redact ${out}: is there already; --force writes over it`)
  return new Copy(out, (file) => (folder ? join(to, relative(from, resolve(cwd, file))) : to))
}

// Written while the next line waits: a copy that fell behind would hold the whole input in memory.
const BLOCK_CHARS = 1024 * 1024

class Copy implements RedactedCopy {
  readonly #out: string
  readonly #targetOf: (file: string) => string
  #target = ''
  #part: number | undefined
  #waiting: string[] = []
  #waitingChars = 0

  constructor(out: string, targetOf: (file: string) => string) {
    this.#out = out
    this.#targetOf = targetOf
  }

  add({ id, text, lang, file, line }: TextRecord, spans: readonly Span[]): void {
    const target = this.#targetOf(file)
    if (target !== this.#target) this.#open(target)
    const copy = redacted(text, spans)
    // Other fields of a line are left out: nobody looked at them.
    const row = { id, text: copy, ...(lang !== undefined && { lang }) }
    this.#waiting.push(line === undefined ? copy : `${JSON.stringify(row)}\n`)
    this.#waitingChars += copy.length
    if (this.#waitingChars > BLOCK_CHARS) this.#write()
  }

  finish(): void {
    if (this.#part === undefined) return
    this.#write()
    this.#attempt(() => {
      closeSync(this.#part ?? 0)
      renameSync(`${this.#target}.part`, this.#target)
    })
    this.#part = undefined
  }

  abandon(): void {
    if (this.#part === undefined) return
    closeSync(this.#part)
    rmSync(`${this.#target}.part`, { force: true })
    this.#part = undefined
  }

  #open(target: string): void {
    this.finish()
    this.#target = target
    this.#part = this.#attempt(() => {
      mkdirSync(dirname(target), { recursive: true })
      return openSync(`${target}.part`, 'w')
    })
  }

  #write(): void {
    const text = this.#waiting.join('')
    this.#waiting = []
    this.#waitingChars = 0
    // Blocks of gzip behind one another are gzip too.
    const bytes = this.#target.endsWith('.gz') ? gzipSync(text) : Buffer.from(text)
    this.#attempt(() => writeSync(this.#part ?? 0, bytes))
  }

  #attempt<T>(action: () => T): T {
    try {
      return action()
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
      throw new MusivumError(
        'request.invalid',
        `--redact ${this.#out}: cannot be written (${code})`,
        {},
        { cause },
      )
    }
  }
}

function redacted(text: string, spans: readonly Span[]): string {
  let from = 0
  let copy = ''
  for (const { entity, start, end } of spans) {
    copy += `${text.slice(from, start)}<${entity}>`
    from = end
  }
  return copy + text.slice(from)
}
