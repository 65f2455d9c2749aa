import { Trans, useLingui } from '@lingui/react/macro'
import { useEffect, type KeyboardEvent, type ReactNode } from 'react'
import { DisclosureIcon, StopIcon } from '../parts/icons.tsx'
import { isRunning } from './run.ts'
import { canSend, changeDraft, send, stop, useSession } from './session.ts'

export function PromptForm() {
  const { t } = useLingui()
  const session = useSession()
  const { draft, runs } = session
  const running = runs.some(isRunning)
  useStopKey(running)

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    void send()
  }

  return (
    <form
      className="panel has-[[data-prompt]:focus-visible]:outline-2 has-[[data-prompt]:focus-visible]:outline-lapis"
      aria-label={t`Prompt`}
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <label className="block px-3 pt-2.5">
        <span className="caption">
          <Trans>Prompt</Trans>
        </span>
        <textarea
          data-prompt
          rows={3}
          dir="auto"
          maxLength={MAX_PROMPT_CHARS}
          className="mt-1 block field-sizing-content max-h-80 min-h-20 w-full resize-y bg-transparent text-base outline-none"
          placeholder={t`Ask something…`}
          value={draft.prompt}
          onChange={(event) => changeDraft({ prompt: event.target.value })}
        />
      </label>
      <Options />
      <div className="flex items-center gap-3 border-t border-line px-3 py-2.5">
        {running ? (
          <button type="button" className="button" onClick={stop}>
            <StopIcon />
            <Trans>Stop</Trans>
          </button>
        ) : (
          <button type="submit" className="button button-primary" disabled={!canSend(session)}>
            <Trans>Send</Trans>
          </button>
        )}
        <span className="text-xs text-faint max-sm:hidden" dir="ltr">
          {running ? <kbd className="kbd">Esc</kbd> : <SendKeys />}
        </span>
      </div>
    </form>
  )
}

// The gateway takes more; a text field of a browser becomes slow long before.
const MAX_PROMPT_CHARS = 200_000

function SendKeys() {
  const command = navigator.platform.startsWith('Mac') ? '⌘' : 'Ctrl'
  return (
    <>
      <kbd className="kbd">{command}</kbd> <kbd className="kbd">Enter</kbd>
    </>
  )
}

function useStopKey(running: boolean): void {
  useEffect(() => {
    if (!running) return
    function onKeyDown(event: globalThis.KeyboardEvent): void {
      if (event.key === 'Escape') stop()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [running])
}

function Options() {
  const { t } = useLingui()
  const { draft } = useSession()
  return (
    <details className="group border-t border-line">
      <summary className="flex min-h-8 list-none items-center gap-1.5 px-3 text-xs font-medium text-soft hover:text-ink">
        <DisclosureIcon />
        <Trans>System prompt and sampling</Trans>
      </summary>
      <div className="grid gap-3 px-3 pb-3 sm:grid-cols-3">
        <Field name={<Trans>System prompt</Trans>} wide>
          <textarea
            rows={2}
            dir="auto"
            className="control py-1.5"
            value={draft.system}
            onChange={(event) => changeDraft({ system: event.target.value })}
          />
        </Field>
        <Field name={<Trans>Temperature</Trans>}>
          <NumberInput
            value={draft.temperature}
            onChange={(temperature) => changeDraft({ temperature })}
            min={0}
            max={2}
            step={0.1}
            placeholder={t`the model’s own`}
          />
        </Field>
        <Field name={<Trans>Longest answer, in tokens</Trans>}>
          <NumberInput
            value={draft.maxTokens}
            onChange={(maxTokens) => changeDraft({ maxTokens })}
            min={1}
            step={1}
            placeholder={t`the model’s own`}
          />
        </Field>
        <Field name={<Trans>Seed</Trans>}>
          <NumberInput
            value={draft.seed}
            onChange={(seed) => changeDraft({ seed })}
            step={1}
            placeholder={t`random`}
          />
        </Field>
      </div>
    </details>
  )
}

function Field({
  name,
  children,
  wide = false,
}: {
  readonly name: ReactNode
  readonly children: ReactNode
  readonly wide?: boolean
}) {
  return (
    <label className={`flex min-w-0 flex-col gap-1 ${wide ? 'sm:col-span-3' : ''}`}>
      <span className="caption">{name}</span>
      {children}
    </label>
  )
}

type NumberInputProps = {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly placeholder: string
  readonly min?: number
  readonly max?: number
  readonly step: number
}

function NumberInput({ onChange, ...rest }: NumberInputProps) {
  return (
    <input
      type="number"
      inputMode="decimal"
      className="control min-w-0 tabular-nums"
      {...rest}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
