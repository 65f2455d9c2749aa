import { open, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { invalid, MusivumError } from '../core/errors.ts'

export type KeyPem = { readonly privatePem: string | Buffer; readonly publicPem: string | Buffer }

/**
 * A new pair on the disk: the private key in `file`, for its owner only, and the public one in `file` + `.pub`.
 *
 * @returns the name of the public one
 * @throws MusivumError `request.invalid` when either is there already: nothing is overwritten
 */
export async function writeKeyFiles(
  file: string,
  cwd: string,
  { privatePem, publicPem }: KeyPem,
): Promise<string> {
  const publicFile = `${file}.pub`
  await writeNew(publicFile, cwd, publicPem, 0o644)
  try {
    await writeNew(file, cwd, privatePem, 0o600)
  } catch (thrown) {
    // A public key without its private one would look like a pair that somebody lost half of.
    await rm(resolve(cwd, publicFile))
    throw thrown
  }
  return publicFile
}

async function writeNew(file: string, cwd: string, text: string | Buffer, mode: number): Promise<void> {
  try {
    await using handle = await open(resolve(cwd, file), 'wx', mode)
    await handle.writeFile(text)
    await handle.sync()
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
    throw new MusivumError('request.invalid', `${file}: ${WRITE_FAULTS[code] ?? code}`, {}, { cause })
  }
}

const WRITE_FAULTS: Readonly<Record<string, string | undefined>> = {
  EEXIST: 'there is a file of this name already; keys are never overwritten',
  ENOENT: 'there is no such folder',
  EACCES: 'this account may not write there',
}

const OTHERS = 0o077

/** @throws MusivumError `request.invalid` for a private key that other accounts of this machine may read */
export async function refuseReadableKey(file: string, cwd: string): Promise<void> {
  // Windows keeps no such bits; there the file's access list decides.
  if (process.platform === 'win32') return
  const mode = (await stat(resolve(cwd, file))).mode & 0o777
  if ((mode & OTHERS) === 0) return
  throw invalid(`${file}: others may read this key (mode ${mode.toString(8)}); expected mode 600: chmod 600`)
}
