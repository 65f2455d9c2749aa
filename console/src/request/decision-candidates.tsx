import { Trans } from '@lingui/react/macro'
import { CheckIcon, CrossIcon } from '../parts/icons.tsx'
import { Ltr } from '../parts/ltr.tsx'
import type { Decision } from './decision.ts'
import { Note } from './step.tsx'

/** Kept ones with a tick and their duties, removed ones struck through with the rule, its reason and its place. */
export function DecisionCandidates({ decision }: { readonly decision: Decision }) {
  const { candidates, removed } = decision
  if (candidates.length === 0) return <Trans>None: no model has this name.</Trans>
  const gone = new Map(removed.map((entry) => [entry.model, entry] as const))
  return (
    <>
      <ul className="space-y-1">
        {candidates.map((model) => {
          const entry = gone.get(model)
          return entry === undefined ? (
            <Kept key={model} model={model} decision={decision} />
          ) : (
            <Removed key={model} entry={entry} />
          )
        })}
      </ul>
      {removed.length === 0 && (
        <Note>
          <Trans>No rule removed anything.</Trans>
        </Note>
      )}
    </>
  )
}

function Kept({ model, decision }: { readonly model: string; readonly decision: Decision }) {
  return (
    <li className="flex items-center gap-2">
      <CheckIcon className="size-4 text-verdigris" />
      <Ltr className="wrap-anywhere">{model}</Ltr>
      <span className="text-xs text-faint">
        {decision.plan?.model === model ? <Trans>chosen</Trans> : <Trans>allowed</Trans>}
      </span>
    </li>
  )
}

function Removed({ entry }: { readonly entry: Decision['removed'][number] }) {
  return (
    <li className="flex gap-2">
      <CrossIcon className="mt-0.5 size-4 text-cinnabar" />
      <div className="min-w-0">
        <Ltr className="wrap-anywhere text-soft line-through">{entry.model}</Ltr>
        <p className="text-sm wrap-anywhere text-soft">
          <Trans>
            removed by <Ltr className="font-mono text-xs">{entry.rule}</Ltr>: <bdi>{entry.reason}</bdi>
          </Trans>
          {entry.at !== undefined && (
            <>
              {' '}
              <Ltr className="font-mono text-xs text-faint">{entry.at}</Ltr>
            </>
          )}
        </p>
      </div>
    </li>
  )
}
