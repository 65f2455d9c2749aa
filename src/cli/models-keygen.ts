import { createPublicKey } from 'node:crypto'
import { keyHint, newKeyPair } from '../weights/signing/signing-keys.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { keepKeyPair, keyPairOption } from './key-pair.ts'
import type { Terminal } from './terminal.ts'

export const modelsKeygen: Command = {
  name: 'models keygen',
  summary: 'Make the pair of keys that models are signed and checked with.',
  options: [keyPairOption, jsonOption],
  examples: [
    {
      line: 'musivum models keygen --out models.pem',
      about: 'keep models.pem to yourself, give models.pem.pub to whoever is to check',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const pair = newKeyPair()
  const keyId = keyHint(createPublicKey(pair.publicPem))
  await keepKeyPair(modelsKeygen, args, terminal, { ...pair, keyId, shownId: `${keyId.slice(0, 12)}…` })
  return EXIT.ok
}
