import type { CertificateMethod, CertificateRequest, CertificationFigures } from './certificate-request.ts'
import type { DocumentSignature } from './signing/signed-document.ts'

/** A statement that can be kept, signed and checked again. Plain JSON. */
export type CertificateDocument = {
  readonly kind: 'musivum-certificate'
  readonly version: 1
  readonly claim: string
  readonly certified: boolean
  readonly task: string
  readonly plan: {
    readonly kind: 'threshold'
    readonly reference: string
    readonly cheap: string
    /** Of a vote: the models that vote, so that it can be counted again. */
    readonly members: readonly string[] | null
    readonly threshold: number | null
  }
  readonly reference: string
  readonly epsilon: number
  readonly delta: number
  readonly n: number
  readonly strong_share: number
  readonly method: CertificateMethod
  readonly seed: number
  readonly grid: readonly number[]
  readonly test_path: readonly TestStep[]
  readonly data_sha256: string | null
  /** When it was made, as ISO 8601 in UTC. */
  readonly issued_at: string | null
  readonly void_if: readonly string[]
  readonly signature?: DocumentSignature
}

export type TestStep = {
  readonly threshold: number
  readonly strong_share: number
  /** Mean of reference − mixed on these items; an estimate, where the claim is a bound. */
  readonly mean_loss: number
  readonly log_wealth: number
  readonly passed: boolean
}

export function certificateDocument(
  request: CertificateRequest,
  result: CertificationFigures,
  path: readonly TestStep[],
  method: CertificateMethod,
): CertificateDocument {
  return {
    kind: 'musivum-certificate',
    version: 1,
    claim: claimOf(request, result),
    certified: result.certified,
    task: request.task,
    plan: {
      kind: 'threshold',
      reference: request.reference,
      cheap: request.cheap,
      members: request.members ?? null,
      threshold: result.threshold,
    },
    reference: request.reference,
    epsilon: request.epsilon,
    delta: request.delta,
    n: result.n,
    strong_share: result.strongShare,
    method,
    seed: request.seed,
    grid: result.grid,
    test_path: path,
    data_sha256: request.dataSha256 ?? null,
    issued_at: request.issuedAt ?? null,
    void_if: VOID_IF,
  }
}

function claimOf(request: CertificateRequest, result: CertificationFigures): string {
  const { task, reference, cheap, epsilon, delta } = request
  const points = epsilon === 0.01 ? '1 point' : `${shown(100 * epsilon)} points`
  const sure = `confidence ${shown(100 * (1 - delta))} %, ${result.n} items`
  if (!result.certified)
    return `Nothing is certified on task ${task}: no threshold is proven to lose at most ${points} against ${reference} (${sure}).`
  const share = shown(100 * result.strongShare)
  return `On task ${task}, ${cheap} with ${share} % of the items sent to ${reference} scores at most ${points} less than ${reference} alone (${sure}).`
}

function shown(value: number): string {
  return String(Number(value.toFixed(2)))
}

const VOID_IF: readonly string[] = [
  'the traffic is no longer of the kind that the items were drawn from',
  'the router, the combination or a threshold was built or retrained on these items',
  'the vendor or anybody else changed one of the models, its prompt or its settings',
  'the scores come from a judge and the claim is read as one about people: it is about the judge',
  'the claim is read for one group, language or category: each needs a certificate of its own, at δ divided by their number',
  'the grid was chosen after looking at outcomes, or the test was repeated with other seeds until it passed',
]
