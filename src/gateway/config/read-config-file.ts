import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export type ConfigText =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'wrong'; readonly problem: string }

/** The text of a configuration file, or what is wrong with the file. Never reads more than `MAX_CONFIG_BYTES`. */
export function readConfigFile(path: string): ConfigText {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (cause) {
    return wrong(whyNotOpen(cause))
  }
  try {
    // A named pipe would block here for ever and /dev/zero has no end, so only what has a size is read.
    const stats = fstatSync(file)
    if (stats.isDirectory()) return wrong('is a directory; expected a YAML file')
    if (!stats.isFile()) return wrong('is not a regular file; expected a YAML file')
    if (stats.size > MAX_CONFIG_BYTES)
      return wrong(`has ${stats.size} bytes; at most ${MAX_CONFIG_BYTES} are read`)
    return decode(readBytes(file))
  } finally {
    closeSync(file)
  }
}

// A model takes about 250 bytes, so this is four thousand models; the parser needs about 200 bytes of memory per byte.
const MAX_CONFIG_BYTES = 1024 * 1024

function readBytes(file: number): Uint8Array {
  const bytes = Buffer.alloc(MAX_CONFIG_BYTES)
  let length = 0
  for (;;) {
    const read = readSync(file, bytes, length, bytes.length - length, null)
    if (read === 0) return bytes.subarray(0, length)
    length += read
  }
}

function decode(bytes: Uint8Array): ConfigText {
  const zero = bytes.indexOf(0)
  if (zero >= 0) return wrong(`is not text: byte ${zero} is zero; save it as UTF-8`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // The decoder does not say where; the line is enough for a person to act on.
    return wrong('is not valid UTF-8; save it as UTF-8')
  }
  // An editor that truncates before it writes, or a full disk, leaves nothing. Taken as a configuration without
  // models, it would end every request that is running.
  if (text.trim() === '') return wrong('is empty; expected at least a comment, or delete the file')
  return { kind: 'text', text }
}

function whyNotOpen(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it'
  return `cannot be opened (${String(code)})`
}

function wrong(problem: string): ConfigText {
  return { kind: 'wrong', problem }
}
