import { Trans } from '@lingui/react/macro'
import type { BudgetView } from '../api/accounts.ts'
import { useFormat } from '../i18n/use-format.ts'

/**
 * Spent, held and left as one bar: full, hatched and empty, so that it reads without colours; the figures under it say the
 * same. Money over the cap of a soft budget fills the bar and is said in words.
 */
export function BudgetBar({ budget }: { readonly budget: BudgetView }) {
  const { capNanoUsd: cap, spentNanoUsd: spent, heldNanoUsd: held, leftNanoUsd: left } = budget
  const { money } = useFormat()
  const over = spent + held - cap
  const whole = Math.max(cap, spent + held, 1)
  return (
    <>
      <div aria-hidden="true" className="flex h-3 overflow-hidden rounded-sm bg-line">
        <Part share={spent / whole} className={over > 0 ? 'bg-cinnabar' : 'bg-lapis-fill'} />
        <Part share={held / whole} className="hatched" />
      </div>
      <dl className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm">
        <Figure
          mark={over > 0 ? 'bg-cinnabar' : 'bg-lapis-fill'}
          name={<Trans>spent</Trans>}
          value={money(spent)}
        />
        <Figure mark="hatched" name={<Trans>held</Trans>} value={money(held)} />
        {over > 0 ? (
          <Figure mark="hidden" name={<Trans>over</Trans>} value={money(over)} strong />
        ) : (
          <Figure mark="bg-line" name={<Trans>left</Trans>} value={money(left)} />
        )}
      </dl>
    </>
  )
}

// Two pixels at least: the first cent of a thousand dollars is seen to be there.
function Part({ share, className }: { readonly share: number; readonly className: string }) {
  if (share === 0) return null
  return <span className={`min-w-0.5 ${className}`} style={{ inlineSize: `${share * 100}%` }} />
}

type FigureProps = {
  readonly mark: string
  readonly name: React.ReactNode
  readonly value: string
  readonly strong?: boolean
}

function Figure({ mark, name, value, strong = false }: FigureProps) {
  return (
    <div className="flex items-center gap-1.5">
      <span aria-hidden="true" className={`size-2.5 rounded-[1px] ${mark}`} />
      <dt className="order-last text-soft">{name}</dt>
      <dd className={`tabular-nums ${strong ? 'font-semibold text-cinnabar' : 'font-medium'}`}>
        <bdi>{value}</bdi>
      </dd>
    </div>
  )
}
