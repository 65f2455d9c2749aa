import { refusalLine, refused } from './refused.ts'
import { MAX_SIGNATURE_BYTES, parseSignatureBundle, type SignatureBundle } from './signature-bundle.ts'
import { checkSignedFiles, type SignedFilesCheck, type SignedFilesVerdict } from './signed-files.ts'
import { parseSignedStatement } from './signed-statement.ts'
import { verifySignature, type ProvenSigner, type SignatureTrust } from './verify-signature.ts'

/** Of one model and one `model.sig`. */
export type SignatureFinding = {
  /**
   * `untrusted`: of these files, but nobody who is trusted made it. `broken`: it is not a signature of these files.
   * `unreadable`: of a form that is not read here, so that it proves nothing and contradicts nothing.
   */
  readonly state: 'trusted' | 'untrusted' | 'broken' | 'unreadable'
  readonly signer: (ProvenSigner & { readonly name: string | null }) | null
  /** What is wrong, one line each. */
  readonly problems: readonly string[]
  readonly signed_files: number
  /** Signed and not needed here. */
  readonly absent_files: number
}

export type NamedTrust = {
  /** As the user calls whoever it is; null for a key on the command line. */
  readonly name: string | null
  readonly trust: SignatureTrust
}

export type SignatureCheck = Omit<SignedFilesCheck, 'statement'> & {
  readonly text: string
  readonly trusts: readonly NamedTrust[]
  readonly now: Date
}

/** Never half-believed: a signer counts only where every file is right, and a file only where somebody signed. */
export function checkSignature({ text, trusts, now, ...files }: SignatureCheck): SignatureFinding {
  try {
    if (text.length > MAX_SIGNATURE_BYTES) throw refused('the file is larger than any signature')
    const bundle = parseSignatureBundle(text)
    const verdict = checkSignedFiles({ ...files, statement: parseSignedStatement(bundle.payload) })
    if (verdict.problems.length > 0) return finding('broken', null, verdict.problems, verdict)
    return signedBy(bundle, trusts, now, verdict)
  } catch (thrown) {
    return finding('unreadable', null, [refusalLine(thrown)])
  }
}

function signedBy(
  bundle: SignatureBundle,
  trusts: readonly NamedTrust[],
  now: Date,
  verdict: SignedFilesVerdict,
): SignatureFinding {
  const refusals: string[] = []
  // A way that this signature was not made in says nothing about it.
  const fitting = trusts.filter(({ trust }) => trust.kind === bundle.signer.kind)
  for (const { name, trust } of fitting.length > 0 ? fitting : trusts) {
    try {
      return finding('trusted', { ...verifySignature(bundle, trust, now), name }, [], verdict)
    } catch (thrown) {
      refusals.push(refusalLine(thrown))
    }
  }
  const why = refusals.length > 0 ? refusals : [NOBODY]
  return finding('untrusted', null, why.slice(0, MAX_LINES), verdict)
}

const NOBODY =
  'the signature: nobody is known who may have made it; give a key to `models verify --key`, or list its maker in makers.yaml'

/** A page of them says no more. */
const MAX_LINES = 20

function finding(
  state: SignatureFinding['state'],
  signer: SignatureFinding['signer'],
  problems: readonly string[],
  { signed, absent }: Pick<SignedFilesVerdict, 'signed' | 'absent'> = { signed: 0, absent: 0 },
): SignatureFinding {
  return { state, signer, problems: problems.slice(0, MAX_LINES), signed_files: signed, absent_files: absent }
}
