import { join } from 'node:path'
import { invalid, MusivumError } from '../core/errors.ts'
import { makeFolder } from '../store/make-folder.ts'

/**
 * Where open weights are kept: `<home>/weights`. Blobs are named by their SHA-256 and come into being whole, by a rename;
 * everything unfinished lies in `partial`.
 */
export type Shelf = {
  readonly root: string
  /** `sha256-HEX`: whole, checked files and nothing else. */
  readonly blobs: string
  /** `NAME.json`: one manifest per model. */
  readonly models: string
  /** What is being fetched or copied, and the state that lets it go on. */
  readonly partial: string
  /** Files of split models by their own names: the engine finds the second part by the name of the first. */
  readonly parts: string
  readonly locks: string
}

export function shelfOf(home: string): Shelf {
  const root = join(home, 'weights')
  const folder = (name: string) => join(root, name)
  return {
    root,
    blobs: folder('blobs'),
    models: folder('models'),
    partial: folder('partial'),
    parts: folder('parts'),
    locks: folder('locks'),
  }
}

/** Makes what is missing of it. @throws MusivumError `store.unavailable` when it may not be written */
export function openShelf(home: string): Shelf {
  const shelf = shelfOf(home)
  try {
    for (const folder of [shelf.blobs, shelf.models, shelf.partial, shelf.parts, shelf.locks])
      makeFolder(folder)
  } catch (cause) {
    throw cannotWrite(cause)
  }
  return shelf
}

/** What the file system said when something of the shelf could not be written, without a path. */
export function cannotWrite(cause: unknown): MusivumError {
  if (cause instanceof MusivumError) return cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
  return new MusivumError(
    'store.unavailable',
    `the weights folder: ${WRITE_PROBLEMS[code] ?? code}`,
    {},
    { cause },
  )
}

const CHOOSE = 'choose another with --home DIR'
const WRITE_PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: `it may not be written by this user; ${CHOOSE}`,
  EPERM: `it may not be written by this user; ${CHOOSE}`,
  EROFS: `its file system is read-only; ${CHOOSE}`,
  ENOSPC: 'the disk is full; what was fetched is kept: make room and start the same command again',
  EDQUOT: 'the disk quota is used up; what was fetched is kept: make room and start the same command again',
  ENOENT: `a folder of its path is gone, or cannot be made there; ${CHOOSE}`,
  ENOTDIR: `something in its path is no folder; ${CHOOSE}`,
  EEXIST: `something in its path is no folder; ${CHOOSE}`,
}

/** Lower case, because `Qwen` and `qwen` are one file on half of all machines. */
const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/
/** Windows opens these devices whatever the ending. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/

export function isShelfName(name: string): boolean {
  return NAME.test(name) && !name.includes('..') && !DEVICE.test(name)
}

/** @throws MusivumError `request.invalid` for a name that is no plain file name everywhere */
export function checkedName(name: string): string {
  if (isShelfName(name)) return name
  throw invalid(
    `"${name.slice(0, 80)}" is no name for weights; expected up to 64 of a-z, 0-9, dot, dash and _, such as qwen3-8b-q4_k_m`,
  )
}
