import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { stateQuery } from '../api/queries.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { CrossIcon, OpenIcon } from '../parts/icons.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { readStored, writeStored } from '../shell/stored.ts'

const STORED = 'musivum.open-notice'
const COMMAND = 'musivum keys create admin --role admin'

/** That nobody needs a key here, and how to change that. Whoever has read it can put it away until the tab is closed. */
export function OpenNotice() {
  const { t } = useLingui()
  const { data: state } = useQuery(stateQuery)
  const [away, setAway] = useState(() => readStored(STORED, 'session') === 'away')
  if (state?.access !== 'open-to-this-machine' || away) return null
  return (
    <aside aria-label={t`Access`} className="border-b border-line bg-raised">
      <div className="mx-auto flex max-w-[90rem] items-start gap-2.5 px-3 py-1.5 text-sm sm:px-6">
        <OpenIcon className="mt-1 size-4 text-soft" />
        <p className="min-w-0 flex-1 py-0.5 text-soft">
          <strong className="font-semibold text-ink">
            <Trans>Open to this machine.</Trans>
          </strong>{' '}
          <Trans>
            There is no key yet: every program here may ask anything, and no other machine can. Close it by{' '}
            <Link to="/keys/new" className="link">
              making the first key
            </Link>
            , or with
          </Trans>{' '}
          <span className="inline-flex max-w-full items-center align-bottom">
            <Ltr className="truncate font-mono text-xs">{COMMAND}</Ltr>
            <CopyButton text={COMMAND} label={t`Copy the command`} />
          </span>
        </p>
        <button
          type="button"
          className="button button-quiet size-7 min-h-0 p-0"
          aria-label={t`Hide this note`}
          title={t`Hide this note`}
          onClick={() => {
            writeStored(STORED, 'away', 'session')
            setAway(true)
          }}
        >
          <CrossIcon />
        </button>
      </div>
    </aside>
  )
}
