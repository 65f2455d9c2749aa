import type { KeyObject, X509Certificate } from 'node:crypto'
import { createPublicKey } from 'node:crypto'
import { invalid } from '../../core/errors.ts'
import { refusalOf } from './refused.ts'
import { signatureBundleText } from './signature-bundle.ts'
import type { FileAtHand } from './signed-files.ts'
import { parseSignedStatement, statementPayload } from './signed-statement.ts'
import { keyHint, signPayload } from './signing-keys.ts'

export type ModelToSign = {
  /** For people; nothing is decided by it. */
  readonly model: string
  readonly files: readonly FileAtHand[]
  readonly ignored: readonly string[]
}

/**
 * The text of a `model.sig` over these files.
 *
 * @param chain of the signer, its own certificate first; none: the key itself is what others have to know
 * @throws MusivumError `request.invalid`: no files, or a certificate of another key
 */
export function signModel(
  { model, files, ignored }: ModelToSign,
  key: KeyObject,
  chain: readonly X509Certificate[] = [],
): string {
  if (files.length === 0) throw invalid('there is no file to sign')
  const payload = statementPayload({ model, resources: files, ignored })
  // What we write, we would accept.
  const refusal = refusalOf(() => void parseSignedStatement(payload))
  if (refusal !== undefined) throw invalid(refusal)
  const [leaf] = chain
  if (leaf !== undefined && !leaf.publicKey.equals(createPublicKey(key)))
    throw invalid('the certificate is that of another key; expected the one of --key first in its file')
  const signer =
    leaf === undefined
      ? ({ kind: 'key', hint: keyHint(key) } as const)
      : ({ kind: 'certificates', chain: chain.map(({ raw }) => raw) } as const)
  return signatureBundleText({ payload, signature: signPayload(payload, key), signer })
}
