import { writeKeyPair } from '../evaluation/signing/ed25519-keys.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { requiredText } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const certificateKeygen: Command = {
  name: 'certify keygen',
  summary: 'Make the pair of keys that certificates are signed and checked with.',
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
      line: 'musivum certify keygen --out certificates.pem',
      about: 'keep certificates.pem to yourself, give certificates.pem.pub to whoever is to check',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const file = requiredText(certificateKeygen, args, 'out')
  const { keyId, publicFile } = await writeKeyPair(file, terminal.cwd)
  writeReport(args, terminal, {
    json: () => ({ key_id: keyId, private_key: file, public_key: publicFile }),
    text: () => `Key ${keyId}: ${file} signs, and ${publicFile} is what others check with.`,
  })
  return EXIT.ok
}
