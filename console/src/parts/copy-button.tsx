import { useLingui } from '@lingui/react/macro'
import { useEffect, useState } from 'react'
import { CheckIcon, CopyIcon, CrossIcon } from './icons.tsx'

type Outcome = 'none' | 'copied' | 'refused'

/** Copies `text` and says so, to eyes and to screen readers. `label` names what is copied: "Copy request id". */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useLingui()
  const [outcome, setOutcome] = useState<Outcome>('none')
  useEffect(() => {
    if (outcome === 'none') return
    const timer = setTimeout(() => setOutcome('none'), 2000)
    return () => clearTimeout(timer)
  }, [outcome])

  async function copy(): Promise<void> {
    // Off loopback without TLS the clipboard does not exist; saying so beats a button that does nothing.
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    )
    setOutcome(done === true ? 'copied' : 'refused')
  }

  const said = { none: '', copied: t`Copied`, refused: t`The browser refused to copy` }[outcome]
  return (
    <button
      type="button"
      className="button button-quiet size-7 min-h-0 shrink-0 p-0"
      title={said === '' ? label : said}
      onClick={() => void copy()}
    >
      {outcome === 'copied' ? <CheckIcon /> : outcome === 'refused' ? <CrossIcon /> : <CopyIcon />}
      <span className="sr-only">{label}</span>
      <span role="status" className="sr-only">
        {said}
      </span>
    </button>
  )
}
