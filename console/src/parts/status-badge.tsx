import { useLingui } from '@lingui/react/macro'
import { useFormat } from '../i18n/use-format.ts'

/** An HTTP status by colour, by shape and in words. */
export function StatusBadge({ status }: { readonly status: number }) {
  const { t } = useLingui()
  const { locale } = useFormat()
  const failed = status >= 400
  return (
    <span
      className={`inline-flex h-5 items-center gap-1.5 rounded-sm px-1.5 font-mono text-xs font-medium tabular-nums ${
        failed ? 'bg-cinnabar-wash text-cinnabar' : 'bg-verdigris-wash text-verdigris'
      }`}
    >
      <span aria-hidden="true" className={`size-1.5 bg-current ${failed ? 'rotate-45' : 'rounded-full'}`} />
      <span className="sr-only" lang={locale}>
        {failed ? t`error` : t`ok`}
      </span>
      <bdi dir="ltr">{status}</bdi>
    </span>
  )
}
