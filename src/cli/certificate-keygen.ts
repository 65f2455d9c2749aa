import { newKeyPair } from '../evaluation/signing/ed25519-keys.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { keepKeyPair, keyPairOption } from './key-pair.ts'
import type { Terminal } from './terminal.ts'

export const certificateKeygen: Command = {
  name: 'certify keygen',
  summary: 'Make the pair of keys that certificates are signed and checked with.',
  options: [keyPairOption, jsonOption],
  examples: [
    {
      line: 'musivum certify keygen --out certificates.pem',
      about: 'keep certificates.pem to yourself, give certificates.pem.pub to whoever is to check',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const pair = newKeyPair()
  await keepKeyPair(certificateKeygen, args, terminal, { ...pair, shownId: pair.keyId })
  return EXIT.ok
}
