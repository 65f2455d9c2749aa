import { betAgainst } from './betting.ts'

/**
 * The alarm that revokes a certificate: on audited traffic (items that the reference answered too, chosen at random), a
 * bet against "mean loss ≤ ε". It may be read after every item; `isRevoked` is wrong with probability at most `alpha` ever.
 */
export function watchCertificate(epsilon: number, alpha = 0.05): CertificateWatch {
  const bet = betAgainst({ bound: (1 - epsilon) / 2, delta: alpha })
  return {
    add: (referenceOutcome, mixedOutcome) => bet.add((1 - (referenceOutcome - mixedOutcome)) / 2),
    logWealth: () => bet.logMaxWealth(),
    isRevoked: () => bet.logMaxWealth() >= -Math.log(alpha),
  }
}

export type CertificateWatch = {
  readonly add: (referenceOutcome: number, mixedOutcome: number) => void
  readonly logWealth: () => number
  readonly isRevoked: () => boolean
}
