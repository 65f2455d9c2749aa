import { Trans } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { setLimits, type LimitsBody, type ScopeLimits } from '../api/accounts.ts'
import { exactUsd } from '../format/money.ts'
import { typedNumber } from '../format/typed-number.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Failure } from '../parts/failure.tsx'
import { Field } from '../parts/field.tsx'
import { ScopeFields, scopeOf, type ScopeDraft } from '../parts/scope-fields.tsx'
import { ScopeName } from '../parts/scope-name.tsx'

type LimitsDialogProps = {
  readonly open: boolean
  readonly onClose: () => void
  /** Given to change what it has. */
  readonly entry?: ScopeLimits
}

export function LimitsDialog({ open, onClose, entry }: LimitsDialogProps) {
  return (
    <Dialog title={<Trans>Limits</Trans>} open={open} onClose={onClose}>
      <LimitsForm onEnd={onClose} {...(entry !== undefined && { entry })} />
    </Dialog>
  )
}

/** As typed; empty is no limit. */
type Draft = Record<'requests' | 'tokens' | 'usd' | 'parallel', string>

function LimitsForm({ entry, onEnd }: Pick<LimitsDialogProps, 'entry'> & { readonly onEnd: () => void }) {
  const client = useQueryClient()
  const [whom, setWhom] = useState<ScopeDraft>({ kind: 'team', id: '', ...entry?.scope })
  const [draft, setDraft] = useState<Draft>(() => draftOf(entry))
  const set = useMutation({
    mutationFn: () => setLimits({ scope: scopeOf(whom), ...limitsOf(draft) }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['limits'] })
      onEnd()
    },
  })
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  return (
    <form
      className="space-y-4 px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault()
        set.mutate()
      }}
    >
      {entry === undefined ? (
        <div className="grid gap-4 sm:grid-cols-2">
          <ScopeFields draft={whom} onChange={setWhom} />
        </div>
      ) : (
        <p>
          <ScopeName scope={entry.scope} />
        </p>
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <Amount
          label={<Trans>Requests a minute</Trans>}
          value={draft.requests}
          onChange={(requests) => change({ requests })}
        />
        <Amount
          label={<Trans>Tokens a minute</Trans>}
          value={draft.tokens}
          onChange={(tokens) => change({ tokens })}
        />
        <Amount
          label={<Trans>US dollars a minute</Trans>}
          value={draft.usd}
          onChange={(usd) => change({ usd })}
          decimal
        />
        <Amount
          label={<Trans>Requests at once</Trans>}
          value={draft.parallel}
          onChange={(parallel) => change({ parallel })}
        />
      </div>
      <p className="text-xs text-faint">
        <Trans>An empty field is no limit. These replace all limits it had.</Trans>
      </p>
      {set.error !== null && <Failure title={<Trans>The limits were not set</Trans>} error={set.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <button type="button" className="button" onClick={onEnd}>
          <Trans>Cancel</Trans>
        </button>
        <button type="submit" className="button button-primary" disabled={set.isPending}>
          <Trans>Set limits</Trans>
        </button>
      </div>
    </form>
  )
}

type AmountProps = {
  readonly label: ReactNode
  readonly value: string
  readonly onChange: (value: string) => void
  readonly decimal?: boolean
}

function Amount({ label, value, onChange, decimal = false }: AmountProps) {
  return (
    <Field label={label}>
      {(wiring) => (
        <input
          {...wiring}
          dir="ltr"
          inputMode={decimal ? 'decimal' : 'numeric'}
          autoComplete="off"
          maxLength={20}
          className="control w-full tabular-nums"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

function draftOf(entry: ScopeLimits | undefined): Draft {
  const { requestsPerMinute, tokensPerMinute, nanoUsdPerMinute, parallel } = entry?.limits ?? {}
  return {
    requests: String(requestsPerMinute ?? ''),
    tokens: String(tokensPerMinute ?? ''),
    usd: nanoUsdPerMinute === undefined ? '' : exactUsd(nanoUsdPerMinute),
    parallel: String(parallel ?? ''),
  }
}

/** What is no number goes to the gateway as text, which says better what it wants than we could. */
function limitsOf(draft: Draft): Omit<LimitsBody, 'scope'> {
  const [requests, tokens, usd, parallel] = [draft.requests, draft.tokens, draft.usd, draft.parallel].map(
    typedNumber,
  )
  return {
    ...(isGiven(requests) && { requestsPerMinute: numberOrText(requests) }),
    ...(isGiven(tokens) && { tokensPerMinute: numberOrText(tokens) }),
    ...(isGiven(usd) && { usdPerMinute: usd }),
    ...(isGiven(parallel) && { parallel: numberOrText(parallel) }),
  }
}

function isGiven(typed: string | undefined): typed is string {
  return typed !== undefined && typed !== ''
}

function numberOrText(typed: string): number {
  return (/^\d+$/.test(typed) ? Number(typed) : typed) as number
}
