import { Plural, Trans, useLingui } from '@lingui/react/macro'
import type { SpendBy } from '../api/spend.ts'
import { useFormat } from '../i18n/use-format.ts'
import { GroupName } from './group-name.tsx'
import type { Group } from './spend-groups.ts'
import { SpendMoney } from './spend-money.tsx'
import { tileClass } from './tiles.ts'

type TopGroupsProps = {
  readonly groups: readonly Group[]
  readonly totalNanoUsd: number
  readonly by: SpendBy
}

/** The dearest, with the colour each has in the chart; also its legend. */
export function TopGroups({ groups, totalNanoUsd, by }: TopGroupsProps) {
  const { t } = useLingui()
  return (
    <ol aria-label={t`Dearest first`} className="divide-y divide-line">
      {groups.map((group, index) => (
        <GroupLine
          key={`${group.kind} ${group.name}`}
          group={group}
          by={by}
          tile={tileClass(index, group.kind === 'others')}
          share={totalNanoUsd === 0 ? 0 : group.nanoUsd / totalNanoUsd}
        />
      ))}
    </ol>
  )
}

type GroupLineProps = {
  readonly group: Group
  readonly by: SpendBy
  readonly tile: string
  readonly share: number
}

function GroupLine({ group, by, tile, share }: GroupLineProps) {
  const { compact, share: shareOf } = useFormat()
  return (
    <li className="py-2">
      <div className="flex items-baseline justify-between gap-3">
        <span className="flex min-w-0 items-baseline gap-2 text-sm font-medium">
          <span aria-hidden="true" className={`size-2.5 shrink-0 rounded-[1px] ${tile}`} />
          <span className="min-w-0">
            <GroupName group={group} by={by} />
          </span>
        </span>
        <span className="shrink-0 text-end text-sm font-semibold tabular-nums">
          <SpendMoney figures={group} />
        </span>
      </div>
      <div className="mt-0.5 flex justify-between gap-3 ps-4.5 text-xs text-faint tabular-nums">
        <span>
          <Plural value={group.requests} one="# request" other="# requests" />
          {' · '}
          <Trans>
            {compact(group.inputTokens)} / {compact(group.outputTokens)} tokens
          </Trans>
        </span>
        <span>{share > 0 && shareOf(share)}</span>
      </div>
    </li>
  )
}
