import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { stateQuery } from '../api/queries.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Ltr } from '../parts/ltr.tsx'

/** The facts one is asked for in every bug report, on one line. */
export function Footer() {
  const { data: state } = useQuery(stateQuery)
  const { size, moment } = useFormat()
  if (state === undefined) return <footer className="h-9 border-t border-line" />
  const { config } = state
  return (
    <footer className="border-t border-line">
      <p className="mx-auto flex max-w-[90rem] flex-wrap gap-x-5 gap-y-1 px-3 py-2 text-xs text-faint sm:px-6">
        <span>
          Musivum <Ltr>{state.version}</Ltr>
        </span>
        <span>
          <Trans>
            listening on <Ltr className="font-mono">{state.listening}</Ltr>
          </Trans>
        </span>
        <span>
          {config.file === null ? (
            <Trans>no configuration file</Trans>
          ) : (
            <Ltr className="font-mono wrap-anywhere">{config.file}</Ltr>
          )}{' '}
          <Ltr className="font-mono">{config.version.slice(0, 12)}</Ltr>
        </span>
        <span>
          <Trans>up since {moment(state.startedAtMs)}</Trans>
        </span>
        <span>
          <Trans>{size(state.residentBytes)} resident</Trans>
        </span>
      </p>
    </footer>
  )
}
