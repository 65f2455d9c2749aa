import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import type { LocalModelsView } from '../api/admin.ts'
import { useFormat } from '../i18n/use-format.ts'

type Memory = LocalModelsView['memory']

/** The memory that local models share: promised and free as one bar, full and empty, with the figures under it. */
export function SharedMemory({ memory }: { readonly memory: Memory }) {
  const { limitBytes, freeBytes, promisedBytes } = memory
  const { size } = useFormat()
  const share = promisedBytes / Math.max(1, promisedBytes + freeBytes)
  return (
    <section aria-labelledby="memory" className="panel mb-4 px-4 py-3">
      <h2 id="memory" className="caption mb-1.5">
        <Trans>Memory of local models</Trans>
      </h2>
      <div aria-hidden="true" className="flex h-3 overflow-hidden rounded-sm bg-line">
        {promisedBytes > 0 && (
          <span className="min-w-0.5 bg-lapis-fill" style={{ inlineSize: `${share * 100}%` }} />
        )}
      </div>
      <dl className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm">
        <Figure mark="bg-lapis-fill" name={<Trans>promised to loaded models</Trans>}>
          {size(promisedBytes)}
        </Figure>
        <Figure mark="bg-line" name={<Trans>free for another</Trans>}>
          {size(freeBytes)}
        </Figure>
        <Figure mark="hidden" name={<Trans>limit</Trans>}>
          {limitBytes === null ? <Trans>none configured</Trans> : size(limitBytes)}
        </Figure>
      </dl>
    </section>
  )
}

type FigureProps = { readonly mark: string; readonly name: ReactNode; readonly children: ReactNode }

function Figure({ mark, name, children }: FigureProps) {
  return (
    <div className="flex items-center gap-1.5">
      <span aria-hidden="true" className={`size-2.5 rounded-[1px] ${mark}`} />
      <dt className="order-last text-soft">{name}</dt>
      <dd className="font-medium tabular-nums">
        <bdi>{children}</bdi>
      </dd>
    </div>
  )
}
