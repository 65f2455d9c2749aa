import { createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { invalid } from '../../core/errors.ts'
import { readCertificate } from './certificate-chain.ts'

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'))
const period = z.object({ start: z.iso.datetime().nullish(), end: z.iso.datetime().nullish() })

const schema = z.object({
  tlogs: z.array(
    z.object({
      baseUrl: z.string().max(500),
      publicKey: z.object({ rawBytes: bytes, validFor: period.nullish() }),
      logId: z.object({ keyId: bytes }),
    }),
  ),
  certificateAuthorities: z.array(
    z.object({
      certChain: z.object({
        certificates: z
          .array(z.object({ rawBytes: bytes }))
          .min(1)
          .max(10),
      }),
      validFor: period.nullish(),
    }),
  ),
})

type Period = z.output<typeof period>

/** What a keyless signature is checked against: Sigstore's `trusted_root.json`, brought along where there is no network. */
export type TrustedRoot = {
  readonly logs: readonly {
    readonly keyId: Buffer
    readonly key: KeyObject
    readonly address: string
    readonly period: Period
  }[]
  readonly authorities: readonly {
    readonly certificates: readonly X509Certificate[]
    readonly period: Period
  }[]
}

/** @throws MusivumError `request.invalid` */
export function parseTrustedRoot(text: string, shown: string): TrustedRoot {
  const expected = 'expected a trusted_root.json of Sigstore'
  try {
    const root = schema.parse(JSON.parse(text))
    return {
      logs: root.tlogs.map(({ baseUrl, publicKey, logId }) => ({
        keyId: logId.keyId,
        key: createPublicKey({ key: publicKey.rawBytes, type: 'spki', format: 'der' }),
        address: baseUrl,
        period: publicKey.validFor ?? {},
      })),
      authorities: root.certificateAuthorities.map(({ certChain, validFor }) => ({
        certificates: certChain.certificates.map(({ rawBytes }) => readCertificate(rawBytes)),
        period: validFor ?? {},
      })),
    }
  } catch (cause) {
    // The messages of three parsers, some of which quote the file.
    const place = cause instanceof z.ZodError ? ` (${cause.issues[0]?.path.join('.') ?? ''})` : ''
    throw invalid(`${shown}: not understood${place}; ${expected}`)
  }
}

export function isWithin({ start, end }: Period, at: Date): boolean {
  return (!start || new Date(start) <= at) && (!end || at <= new Date(end))
}
