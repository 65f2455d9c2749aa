import { invalid } from '../core/errors.ts'
import { readText } from '../evaluation/read/read-document.ts'
import type { NamedTrust } from '../weights/signing/check-signature.ts'
import { readVerifyingKey } from '../weights/signing/signing-keys.ts'
import { readCertificates } from '../weights/signing/trusted-makers.ts'
import { parseTrustedRoot } from '../weights/signing/trusted-root.ts'
import type { SignatureTrust } from '../weights/signing/verify-signature.ts'
import type { Arguments, Option } from './command.ts'
import { textOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

/** Whom to believe, said on the command line; without any it is who stands in makers.yaml. */
export const trustOptions: readonly Option[] = [
  { name: 'key', value: 'FILE', about: 'The public key that it has to be signed with.' },
  { name: 'roots', value: 'FILE', about: 'The certificates that the one of the signer has to lead to.' },
  {
    name: 'trusted-root',
    value: 'FILE',
    about: 'For keyless signatures: the trusted_root.json of Sigstore. No call goes out.',
  },
  {
    name: 'identity',
    value: 'WHO',
    about: 'Who has to be in the certificate: a mail address, a host, a page.',
  },
  { name: 'issuer', value: 'URL', about: 'For keyless signatures: who vouched for the identity.' },
]

/** Undefined: nothing was said. @throws MusivumError `request.invalid`: several ways, or half of one */
export async function givenTrust(args: Arguments, { cwd }: Terminal): Promise<NamedTrust | undefined> {
  const ways = ['key', 'roots', 'trusted-root'].filter((name) => args.given.has(name))
  const [way, second] = ways
  const loose = ['identity', 'issuer'].find((name) => args.given.has(name))
  if (second !== undefined)
    throw invalid(`--${way} and --${second} are two ways to check a signature; give one`)
  if (way === undefined && loose !== undefined)
    throw invalid(`--${loose} goes with --trusted-root, or --identity with --roots`)
  if (way === undefined) return undefined
  const file = textOption(args, way) ?? ''
  return { name: null, trust: trustBy(way, args, file, await readText(file, cwd)) }
}

function trustBy(way: string, args: Arguments, file: string, text: string): SignatureTrust {
  const [identity, issuer] = [textOption(args, 'identity'), textOption(args, 'issuer')]
  if (way === 'trusted-root') {
    if (identity === undefined || issuer === undefined)
      throw invalid('--trusted-root needs --identity and --issuer: anybody at all can sign without a key')
    return { kind: 'keyless', root: parseTrustedRoot(text, file), identity, issuer }
  }
  if (issuer !== undefined) throw invalid(`--issuer goes with --trusted-root, not with --${way}`)
  if (way === 'key') {
    if (identity !== undefined)
      throw invalid('--identity goes with certificates; a key says by itself who it is')
    return { kind: 'key', key: readVerifyingKey(text, file) }
  }
  return {
    kind: 'certificates',
    roots: readCertificates(text, file),
    ...(identity !== undefined && { identity }),
  }
}
