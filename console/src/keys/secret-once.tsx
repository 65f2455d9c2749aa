import { Trans, useLingui } from '@lingui/react/macro'
import { useEffect, useRef, type ReactNode } from 'react'
import { CodeBlock } from '../parts/code-block.tsx'
import { WarningIcon } from '../parts/icons.tsx'

type SecretOnceProps = { readonly title: ReactNode; readonly secret: string; readonly children?: ReactNode }

/** A secret, the one time that anybody can see it. It has the focus, so that a screen reader does not miss it. */
export function SecretOnce({ title, secret, children }: SecretOnceProps) {
  const { t } = useLingui()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section aria-labelledby="secret" className="panel border-gold-line">
      <div className="space-y-3 p-4">
        <h2 ref={heading} id="secret" tabIndex={-1} className="font-semibold outline-none">
          {title}
        </h2>
        <CodeBlock code={secret} label={t`Copy the key`} />
        <p className="flex gap-2.5 rounded-md bg-gold-wash px-3 py-2 text-sm">
          <WarningIcon className="mt-0.5 size-4 text-gold" />
          <span>
            <Trans>
              This is the only time it is shown: the gateway keeps a hash of it and cannot say it again. Put
              it where secrets are kept before you leave this page.
            </Trans>
          </span>
        </p>
        {children}
      </div>
    </section>
  )
}
