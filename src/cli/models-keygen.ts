import { open, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createPublicKey } from 'node:crypto'
import { MusivumError } from '../core/errors.ts'
import { keyHint, newKeyPair } from '../weights/signing/signing-keys.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { requiredText } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsKeygen: Command = {
  name: 'models keygen',
  summary: 'Make the pair of keys that models are signed and checked with.',
  options: [
    {
      name: 'out',
      value: 'FILE',
      about: 'The private key, for this account only; the public one goes to FILE.pub.',
    },
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum models keygen --out models.pem',
      about: 'keep models.pem to yourself, give models.pem.pub to whoever is to check',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const file = requiredText(modelsKeygen, args, 'out')
  const publicFile = `${file}.pub`
  const { privatePem, publicPem } = newKeyPair()
  await writeNew(resolve(terminal.cwd, publicFile), publicFile, publicPem, 0o644)
  try {
    await writeNew(resolve(terminal.cwd, file), file, privatePem, 0o600)
  } catch (thrown) {
    // A public key without its private one would look like a pair that somebody lost half of.
    await rm(resolve(terminal.cwd, publicFile))
    throw thrown
  }
  const hint = keyHint(createPublicKey(publicPem))
  writeReport(args, terminal, {
    json: () => ({ key_id: hint, private_key: file, public_key: publicFile }),
    text: () => `Key ${hint.slice(0, 12)}…: ${file} signs, and ${publicFile} is what others check with.`,
  })
  return EXIT.ok
}

async function writeNew(path: string, shown: string, text: string, mode: number): Promise<void> {
  try {
    await using file = await open(path, 'wx', mode)
    await file.writeFile(text)
    await file.sync()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new MusivumError('request.invalid', `${shown}: ${FAULTS[code] ?? code}`, {}, { cause })
  }
}

const FAULTS: Readonly<Record<string, string | undefined>> = {
  EEXIST: 'there is a file of this name already; keys are never overwritten',
  ENOENT: 'there is no such folder',
  EACCES: 'this account may not write there',
}
