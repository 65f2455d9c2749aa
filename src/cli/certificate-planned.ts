import { planFromPilot, planWithoutPilot } from '../evidence/certificate-plan.ts'
import type { CertificateRequest } from '../evidence/certificate.ts'
import { percent } from './shown-shares.ts'
import { table } from './table.ts'

type Accepted = { readonly epsilon: number; readonly delta: number }
type Report = { readonly json: () => unknown; readonly text: () => string }

/** How many pairs a certificate would take: from a pilot, or without one from what is assumed of it. */
export function plannedCertificate(accepted: Accepted, pilot: CertificateRequest | undefined): Report {
  return pilot === undefined ? withoutPilot(accepted) : withPilot(pilot)
}

function withPilot(pilot: CertificateRequest): Report {
  const rows = planFromPilot(pilot)
  const n = pilot.scores.length
  const assumption = `Drawn with replacement from the ${n} items of the pilot, as if they were all there is; what so few got wrong by chance, this has wrong too.`
  return {
    json: () => ({
      plan: {
        ...acceptedJson(pilot),
        pilot_items: n,
        assumption,
        rows: rows.map((row) => ({
          pairs: row.pairs,
          certified: row.certified,
          strong_share: row.strongShare,
          strong_share_best: row.strongShareBest,
          strong_share_worst: row.strongShareWorst,
        })),
      },
    }),
    text: () =>
      [
        `${pilot.cheap}, else ${pilot.reference}: ${goalOf(pilot)}.`,
        table([
          ['PAIRS', 'CERTIFIED %', 'TO REFERENCE %', 'BEST AND WORST OF TEN'],
          ...rows.map((row) => [
            String(row.pairs),
            percent(row.certified),
            percent(row.strongShare),
            `${percent(row.strongShareBest)} to ${percent(row.strongShareWorst)}`,
          ]),
        ]).replace(/^/gm, '  '),
        assumption,
      ].join('\n'),
  }
}

function withoutPilot(accepted: Accepted): Report {
  const rows = planWithoutPilot(accepted.epsilon, accepted.delta)
  const assumption =
    'Assumed: answers are right or wrong, and on so many of all items only one of the mixture and the reference is right. A pilot of 100 items says which row is yours; give it as --outcomes.'
  return {
    json: () => ({
      plan: {
        ...acceptedJson(accepted),
        pilot_items: null,
        assumption,
        rows: rows.map((row) => ({
          differing: row.differing,
          pairs_if_equal: row.pairsIfEqual,
          pairs_if_half_lost: row.pairsIfHalfLost,
        })),
      },
    }),
    text: () =>
      [
        `${capital(goalOf(accepted))}, four times in five:`,
        table([
          ['DIFFER ON %', 'PAIRS, IF EQUAL', 'PAIRS, IF HALF OF THAT IS LOST'],
          ...rows.map((row) => [
            percent(row.differing),
            String(row.pairsIfEqual),
            String(row.pairsIfHalfLost),
          ]),
        ]).replace(/^/gm, '  '),
        assumption,
      ].join('\n'),
  }
}

function acceptedJson({ epsilon, delta }: Accepted): { readonly epsilon: number; readonly delta: number } {
  return { epsilon, delta }
}

function goalOf({ epsilon, delta }: Accepted): string {
  return `to certify a loss of at most ${percent(epsilon)} points with confidence ${percent(1 - delta)} %`
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
