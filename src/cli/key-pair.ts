import { writeKeyFiles, type KeyPem } from '../store/key-files.ts'
import type { Arguments, Command, Option } from './command.ts'
import { requiredText } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const keyPairOption: Option = {
  name: 'out',
  value: 'FILE',
  about: 'The private key, for this account only; the public one goes to FILE.pub.',
}

export type NewKeyPair = KeyPem & {
  readonly keyId: string
  /** As it is said to people. */
  readonly shownId: string
}

/** Writes a new pair of keys where --out says, and tells both files. */
export async function keepKeyPair(
  command: Command,
  args: Arguments,
  terminal: Terminal,
  { keyId, shownId, ...pair }: NewKeyPair,
): Promise<void> {
  const file = requiredText(command, args, 'out')
  const publicFile = await writeKeyFiles(file, terminal.cwd, pair)
  writeReport(args, terminal, {
    json: () => ({ key_id: keyId, private_key: file, public_key: publicFile }),
    text: () => `Key ${shownId}: ${file} signs, and ${publicFile} is what others check with.`,
  })
}
