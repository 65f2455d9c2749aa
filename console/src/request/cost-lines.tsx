import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { RequestRow } from '../api/admin.ts'
import { requestCostQuery } from '../api/queries.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Failure } from '../parts/failure.tsx'
import { Loading } from '../parts/loading.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { BucketWord, LineStatus, PurposeWord } from './cost-words.tsx'
import { callsOf, sumOf, type Call, type CostSum, type LedgerLine, type Settlement } from './cost-groups.ts'

/** What the request did cost as the ledger has it: every call it caused, bucket by bucket, with the price each was counted by. */
export function CostLines({ row }: { readonly row: RequestRow }) {
  const { data: cost, error, isPending, refetch } = useQuery(requestCostQuery(row.id))
  return (
    <section aria-labelledby="cost-lines" className="panel mt-5">
      <div className="border-b border-line px-4 py-3">
        <h2 id="cost-lines" className="font-semibold">
          <Trans>Cost, line by line</Trans>
        </h2>
        <p className="mt-0.5 text-sm text-soft">
          <Trans>Everything that this request caused is charged to it, failed attempts included.</Trans>
        </p>
      </div>
      {isPending && <Loading rows={3} />}
      {error !== null && cost === undefined && (
        <div className="p-3">
          <Failure
            title={<Trans>The cost could not be read</Trans>}
            error={error}
            onRetry={() => void refetch()}
          />
        </div>
      )}
      {cost?.lines.length === 0 && (
        <p className="px-4 py-4 text-soft">
          {row.attempts.length === 0 ? (
            <Trans>No line: no model was called.</Trans>
          ) : (
            <Trans>
              No line: the calls used nothing that is counted, or the ledger does not go back so far.
            </Trans>
          )}
        </p>
      )}
      {cost !== undefined && cost.lines.length > 0 && <Lines lines={cost.lines} />}
      {cost !== undefined && cost.settlements.length > 0 && <Settlements settlements={cost.settlements} />}
    </section>
  )
}

function Lines({ lines }: { readonly lines: readonly LedgerLine[] }) {
  const { t } = useLingui()
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={t`Cost, line by line`}>
      <table className="w-full text-sm tabular-nums">
        <thead>
          <tr className="border-b border-line">
            <Heading start>
              <Trans>Used</Trans>
            </Heading>
            <Heading>
              <Trans>Tokens</Trans>
            </Heading>
            <Heading start>
              <Trans>Price row</Trans>
            </Heading>
            <Heading start>
              <Trans>Status</Trans>
            </Heading>
            <Heading>
              <Trans>Amount</Trans>
            </Heading>
          </tr>
        </thead>
        {callsOf(lines).map((call, index) => (
          <CallLines key={`${index} ${call.model}`} call={call} />
        ))}
        <tfoot>
          <tr className="border-t border-edge">
            <th scope="row" colSpan={4} className="px-4 py-2 text-start font-semibold">
              <Trans>Sum</Trans>
            </th>
            <td className="px-4 py-2 text-end font-semibold">
              <Sum sum={sumOf(lines)} />
            </td>
          </tr>
        </tfoot>
      </table>
    </div>
  )
}

function Heading({ children, start = false }: { readonly children: ReactNode; readonly start?: boolean }) {
  return (
    <th scope="col" className={`caption px-4 py-1.5 whitespace-nowrap ${start ? 'text-start' : 'text-end'}`}>
      {children}
    </th>
  )
}

/** One call under a heading of its own; one that failed is marked, and charged all the same. */
function CallLines({ call }: { readonly call: Call }) {
  const failed = call.purpose === 'failed-attempt'
  return (
    <tbody>
      <tr className={failed ? 'bg-cinnabar-wash' : 'bg-raised'}>
        <th scope="rowgroup" colSpan={4} className="px-4 py-1.5 text-start font-normal">
          <span className={`font-medium ${failed ? 'text-cinnabar' : ''}`}>
            <PurposeWord purpose={call.purpose} />
          </span>{' '}
          <Ltr className="wrap-anywhere">{call.model}</Ltr>
          {call.seller !== null && (
            <span className="text-soft">
              {' '}
              <Trans>
                by <Ltr>{call.seller}</Ltr>
              </Trans>
            </span>
          )}
        </th>
        <td className="px-4 py-1.5 text-end text-soft">
          <Sum sum={sumOf(call.lines)} />
        </td>
      </tr>
      {call.lines.map((line) => (
        <Line key={line.bucket} line={line} />
      ))}
    </tbody>
  )
}

function Line({ line }: { readonly line: LedgerLine }) {
  const { count } = useFormat()
  return (
    <tr className="border-t border-line">
      <th scope="row" className="min-w-36 px-4 py-1.5 ps-6 text-start font-normal">
        <BucketWord bucket={line.bucket} />
      </th>
      <td className="px-4 py-1.5 text-end">
        {line.source === 'estimated' && '≈ '}
        {count(line.tokens)}
      </td>
      <td className="min-w-56 px-4 py-1.5">
        {line.priceRow === null || line.status === 'owned' ? (
          <span className="text-faint">
            <Trans>none</Trans>
          </span>
        ) : (
          <Ltr className="font-mono text-xs wrap-anywhere text-soft">{line.priceRow}</Ltr>
        )}
      </td>
      <td className="px-4 py-1.5 whitespace-nowrap">
        <LineStatus line={line} />
      </td>
      <td className="px-4 py-1.5 text-end">
        <Amount line={line} />
      </td>
    </tr>
  )
}

function Amount({ line }: { readonly line: LedgerLine }) {
  const { money } = useFormat()
  if (line.status === 'unpriced')
    return (
      <span className="text-gold">
        <Trans>unpriced</Trans>
      </span>
    )
  return <bdi>{money(line.nanoUsd)}</bdi>
}

function Sum({ sum }: { readonly sum: CostSum }) {
  const { money } = useFormat()
  if (sum.unpriced > 0 && sum.nanoUsd === 0)
    return (
      <span className="text-gold">
        <Trans>unpriced</Trans>
      </span>
    )
  return (
    <>
      <bdi>{money(sum.nanoUsd)}</bdi>
      {sum.unpriced > 0 && (
        <span className="block text-xs font-normal text-gold">
          <Plural value={sum.unpriced} one="without # unpriced line" other="without # unpriced lines" />
        </span>
      )}
    </>
  )
}

/** What was set aside before, and that it is free again. */
function Settlements({ settlements }: { readonly settlements: readonly Settlement[] }) {
  const { money } = useFormat()
  return (
    <ul className="border-t border-line px-4 py-2 text-sm text-soft">
      {settlements.map(({ hold, held, nanoUsd, outcome }) => (
        <li key={hold} className="tabular-nums">
          {outcome === 'settled' && (
            <Trans>
              <bdi>{money(held)}</bdi> were held for it, <bdi>{money(nanoUsd)}</bdi> were spent, the rest is
              free again.
            </Trans>
          )}
          {outcome === 'expired' && (
            <Trans>
              <bdi>{money(held)}</bdi> were held for it and given up: nobody said what it did cost.
            </Trans>
          )}
          {outcome === 'late' && (
            <Trans>
              <bdi>{money(nanoUsd)}</bdi> were said only after its hold had been given up, and are booked all
              the same.
            </Trans>
          )}
        </li>
      ))}
    </ul>
  )
}
