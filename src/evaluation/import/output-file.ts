import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { invalid, MusivumError } from '../../core/errors.ts'
import type { World } from '../world.ts'

/**
 * A file that is there whole or not at all: written under another name beside its place and moved there at the end, so
 * that a full disk or Ctrl-C leaves what was there before.
 */
export class OutputFile {
  /** As the user would type it. */
  readonly name: string
  readonly #path: string
  readonly #draft: string
  readonly #force: boolean
  #handle: FileHandle | undefined
  #held: string[] = []
  #heldChars = 0

  constructor(name: string, world: Pick<World, 'cwd'>, force: boolean) {
    this.name = name
    this.#path = resolve(world.cwd, name)
    this.#draft = `${this.#path}.${randomUUID().slice(0, 8)}.part`
    this.#force = force
  }

  /** False until the first line: a source that holds no outcomes makes no outcomes file. */
  get begun(): boolean {
    return this.#handle !== undefined
  }

  /** @throws MusivumError `request.invalid`: the file is there already, or cannot be written */
  async line(text: string): Promise<void> {
    this.#held.push(text, '\n')
    this.#heldChars += text.length
    // Opened at once: that the file is there already should be said before hours of reading, not after.
    if (this.#handle === undefined || this.#heldChars > BUFFER_CHARS) await this.#told(() => this.#flush())
  }

  /** Brings all of it to the disk, still under the other name. */
  async finish(): Promise<void> {
    await this.#told(async () => {
      await this.#flush()
      await this.#handle?.sync()
      await this.#handle?.close()
    })
  }

  /** Moves the finished file to its place. */
  async move(): Promise<void> {
    await this.#told(async () => {
      this.#refuseExisting()
      await rename(this.#draft, this.#path)
      this.#handle = undefined
    })
  }

  /** Leaves nothing behind; does nothing after `move`. */
  async discard(): Promise<void> {
    if (this.#handle === undefined) return
    // A handle that failed to write may fail to close as well; the draft has to go all the same.
    await this.#handle.close().catch(() => undefined)
    await rm(this.#draft, { force: true })
  }

  async #flush(): Promise<void> {
    if (this.#handle === undefined) {
      this.#refuseExisting()
      await mkdir(dirname(this.#path), { recursive: true })
      this.#handle = await open(this.#draft, 'wx')
    }
    const text = this.#held.join('')
    this.#held = []
    this.#heldChars = 0
    await this.#handle.writeFile(text)
  }

  #refuseExisting(): void {
    if (!this.#force && existsSync(this.#path))
      throw invalid(`${this.name}: the file is there already; --force writes over it`)
  }

  async #told(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (cause) {
      if (cause instanceof MusivumError) throw cause
      const code = (cause as NodeJS.ErrnoException).code
      if (code === undefined) throw cause
      const told = `${this.name}: the file cannot be written (${FAULTS[code] ?? code}); nothing was left half written`
      throw new MusivumError('request.invalid', told, {}, { cause })
    }
  }
}

/** One write per quarter of a million characters, about as many bytes as are read at once. */
const BUFFER_CHARS = 256 * 1024

const FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EFBIG: 'it is larger than this account may write',
  EACCES: 'this account may not write there',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
}
