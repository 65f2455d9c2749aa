import { Plural, Trans } from '@lingui/react/macro'
import type { RequestRow } from '../api/admin.ts'
import { Chips } from './chips.tsx'
import type { Decision, Masked } from './decision.ts'
import { Note } from './step.tsx'

type MaskingProps = { readonly decision: Decision; readonly row: RequestRow }

/** What the model saw in place of personal data, and what became of it in the answer: kinds and numbers, never a value. */
export function DecisionMasking({ decision, row }: MaskingProps) {
  if (decision.masked !== undefined) return <MaskedText masked={decision.masked} />
  if (decision.plan === null) return <Trans>None: no model was called.</Trans>
  const isDuty = Object.values(decision.obligations ?? {}).some((duties) => duties.includes('mask'))
  if (!isDuty) return <Trans>Nothing was masked: no rule obliges to.</Trans>
  if (row.errorCode?.startsWith('privacy.') === true)
    return <Trans>It was a duty and could not be done, so no model was asked.</Trans>
  if (row.attempts.length === 0)
    return <Trans>Nothing was masked: it was a duty, and no model was asked.</Trans>
  return <Trans>Nothing was masked: the model that was asked has no such duty.</Trans>
}

function MaskedText({ masked: { replaced, restored, unknown } }: { readonly masked: Masked }) {
  const names = Object.keys(replaced)
  if (names.length === 0 && unknown === 0)
    return <Trans>Looked through; nothing was found that has to be masked.</Trans>
  return (
    <>
      <Chips names={names} counts={replaced} />
      <Note>
        <Plural
          value={Object.values(replaced).reduce((sum, each) => sum + each, 0)}
          one="The model saw a stand-in for # value."
          other="The model saw stand-ins for # values."
        />{' '}
        <Plural
          value={restored}
          one="# stand-in of the answer was put back."
          other="# stand-ins of the answer were put back."
        />
      </Note>
      {unknown > 0 && (
        <Note tone="text-gold">
          <Plural
            value={unknown}
            one="# word of the answer looks like a stand-in and is none: it was left as it is."
            other="# words of the answer look like stand-ins and are none: they were left as they are."
          />
        </Note>
      )}
    </>
  )
}
