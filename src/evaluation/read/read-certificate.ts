import { z } from 'zod'
import { isJsonObject, type Json } from '../../core/json.ts'
import type { CertificateDocument } from '../../evidence/certificate-document.ts'
import type { World } from '../world.ts'
import { readDocument } from './read-document.ts'

const text = z.string({ error: 'a text' })
const number = z.number({ error: 'a number' })
const share = number.min(0, { error: 'a share from 0 to 1' }).max(1, { error: 'a share from 0 to 1' })
const inside = number.gt(0, { error: 'a share above 0' }).lt(1, { error: 'a share below 1' })
const flag = z.boolean({ error: 'true or false' })
const hash = z.string({ error: 'a SHA-256 in hex' }).regex(/^[0-9a-f]{64}$/, { error: 'a SHA-256 in hex' })
const whole = number.int({ error: 'a whole number' }).min(0, { error: 'a whole number from 0 up' })

const step = z.strictObject({
  threshold: number,
  strong_share: share,
  mean_loss: number,
  log_wealth: number,
  passed: flag,
})

const signature = z.strictObject({
  key_id: text,
  algorithm: z.literal('ed25519', { error: '"ed25519"' }),
  value: text,
})

const certificate = z.strictObject(
  {
    kind: z.literal('musivum-certificate', { error: '"musivum-certificate"' }),
    version: z.literal(1, { error: '1, the version that this program reads' }),
    claim: text,
    certified: flag,
    task: text,
    plan: z.strictObject({
      kind: z.literal('threshold', { error: '"threshold"' }),
      reference: text,
      cheap: text,
      members: z.array(text).nullable(),
      threshold: number.nullable(),
    }),
    reference: text,
    epsilon: inside,
    delta: inside,
    n: whole,
    strong_share: share,
    method: z.enum(['betting', 'clopper-pearson'], { error: '"betting" or "clopper-pearson"' }),
    seed: whole,
    grid: z.array(number).max(1000, { error: 'at most 1,000 thresholds' }),
    test_path: z.array(step).max(1000, { error: 'at most 1,000 steps' }),
    data_sha256: hash.nullable(),
    issued_at: text.nullable(),
    void_if: z.array(text),
    signature: signature.exactOptional(),
  },
  { error: 'a certificate, or what certify --json printed' },
)

/**
 * A certificate by itself, or inside of what `certify --json` printed.
 *
 * @throws MusivumError `request.invalid` with file, field and what was expected
 */
export function readCertificate(file: string, world: Pick<World, 'cwd'>): Promise<CertificateDocument> {
  return readDocument(file, certificate, world, certificateIn)
}

function certificateIn(whole: Json): unknown {
  return isJsonObject(whole) && isJsonObject(whole['certificate']) ? whole['certificate'] : whole
}
