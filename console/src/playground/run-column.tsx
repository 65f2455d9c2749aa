import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { ModelView } from '../api/admin.ts'
import { useFormat } from '../i18n/use-format.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { FailureFacts } from '../parts/failure.tsx'
import { WarningIcon } from '../parts/icons.tsx'
import { ToyBadge } from '../parts/toy-badge.tsx'
import { isRunning, type Run } from './run.ts'
import { RunFigures } from './run-figures.tsx'
import { changeDraft, useSession, type Side } from './session.ts'

type RunColumnProps = {
  readonly side: Side
  readonly models: readonly ModelView[]
  readonly model: string
  readonly run: Run
}

/** One model and its answer. */
export function RunColumn({ side, models, model, run }: RunColumnProps) {
  const { t } = useLingui()
  const chosen = models.find((candidate) => candidate.name === model)
  return (
    <section
      className="panel flex min-w-0 flex-col"
      aria-label={side === 0 ? t`First model` : t`Second model`}
      aria-busy={isRunning(run)}
    >
      <div className="flex items-center gap-2 border-b border-line px-3 py-2">
        <ModelSelect side={side} models={models} model={model} disabled={isRunning(run)} />
        {chosen?.toy === true && <ToyBadge />}
        {run.text !== '' && !isRunning(run) && (
          <span className="ms-auto">
            <CopyButton text={run.text} label={t`Copy the answer`} />
          </span>
        )}
      </div>
      {run.toyNotice !== null && <ToyNotice notice={run.toyNotice} />}
      <Answer run={run} />
      <Announcement run={run} model={model} />
      {run.phase !== 'idle' && <RunFigures run={run} />}
      {run.requestId !== null && !isRunning(run) && (
        <p className="border-t border-line px-3 py-1.5 text-sm">
          <Link
            to="/requests/$id"
            params={{ id: run.requestId }}
            className="link inline-flex min-h-6 items-center"
            preload={false}
          >
            <Trans>Why this answer: the decision card</Trans>
          </Link>
        </p>
      )}
    </section>
  )
}

function ModelSelect(props: {
  readonly side: Side
  readonly models: readonly ModelView[]
  readonly model: string
  readonly disabled: boolean
}) {
  const { t } = useLingui()
  const { draft } = useSession()

  function choose(name: string): void {
    const [first, second] = draft.models
    changeDraft({ models: props.side === 0 ? [name, second] : [first, name] })
  }

  return (
    <select
      aria-label={props.side === 0 ? t`First model` : t`Second model`}
      className="control max-w-full min-w-0 font-medium"
      value={props.model}
      disabled={props.disabled}
      onChange={(event) => choose(event.target.value)}
    >
      <option value="">{t`No model`}</option>
      {props.models.map(({ name, state }) => (
        <option key={name} value={name} dir="ltr" translate="no">
          {state === 'unavailable' ? `${name} (${t`unavailable`})` : name}
        </option>
      ))}
    </select>
  )
}

function ToyNotice({ notice }: { readonly notice: string }) {
  return (
    <p className="flex gap-2 border-b border-gold-line bg-gold-wash px-3 py-2 text-sm text-gold">
      <WarningIcon className="mt-0.5 size-4" />
      <span>
        {notice === '' ? (
          <Trans>A toy model: it shows the machinery and is not made to be right.</Trans>
        ) : (
          <bdi>{notice}</bdi>
        )}
      </span>
    </p>
  )
}

function Answer({ run }: { readonly run: Run }) {
  return (
    <div className="min-h-40 flex-1 px-3 py-3">
      {run.reasoning !== '' && (
        <details className="mb-3 rounded-md bg-raised px-3 py-1.5 text-sm text-soft">
          <summary className="min-h-6">
            <Trans>Reasoning</Trans>
          </summary>
          <p className="mt-1 whitespace-pre-wrap" dir="auto">
            {run.reasoning}
          </p>
        </details>
      )}
      {run.phase === 'idle' && (
        <p className="text-faint">
          <Trans>The answer will stream in here.</Trans>
        </p>
      )}
      {run.phase === 'waiting' && <Waiting startedAtMs={run.startedAtMs} />}
      {run.text !== '' && (
        <p
          dir="auto"
          className={`leading-relaxed break-words whitespace-pre-wrap ${run.phase === 'streaming' ? 'caret' : ''}`}
        >
          {run.text}
        </p>
      )}
      {run.phase === 'done' && run.text === '' && (
        <p className="text-faint">
          <Trans>The model answered with no text.</Trans>
        </p>
      )}
      {run.phase === 'stopped' && (
        <p className="mt-2 text-sm text-gold">
          <Trans>Stopped by you.</Trans>
        </p>
      )}
      {run.finish === 'length' && (
        <p className="mt-2 text-sm text-gold">
          <Trans>Cut at the longest answer you allowed.</Trans>
        </p>
      )}
      {run.error !== null && (
        <div role="alert" className="mt-2 rounded-md border border-cinnabar-line bg-cinnabar-wash px-3 py-2">
          <p className="break-words">
            <bdi>{run.error.message}</bdi>
          </p>
          <FailureFacts error={run.error} />
        </div>
      )}
    </div>
  )
}

// Long enough that a fast model never shows it.
const PATIENCE_MS = 2_000

/** A model may have to be loaded first; counting seconds shows that something still happens. */
function Waiting({ startedAtMs }: { readonly startedAtMs: number }) {
  const { duration } = useFormat()
  const [nowMs, setNowMs] = useState(startedAtMs)
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 500)
    return () => clearInterval(timer)
  }, [])
  const waitedMs = nowMs - startedAtMs
  return (
    <p className="text-soft">
      <span className="caret">
        <Trans>Waiting for the first token</Trans>
      </span>{' '}
      {waitedMs > PATIENCE_MS && (
        <Trans>
          for {duration(Math.round(waitedMs / 1000) * 1000)}. A model that was idle is loaded first.
        </Trans>
      )}
    </p>
  )
}

/** Screen readers hear beginnings and ends, not every token. */
function Announcement({ run, model }: { readonly run: Run; readonly model: string }) {
  const { t } = useLingui()
  const words: Partial<Record<Run['phase'], string>> = {
    waiting: t`${model} was asked`,
    done: t`${model} has answered`,
    stopped: t`${model} was stopped`,
  }
  return (
    <p role="status" className="sr-only">
      {words[run.phase] ?? ''}
    </p>
  )
}
