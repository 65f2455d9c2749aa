import type { ReactNode } from 'react'

/** Ids, model names and code read from left to right in every language, and no machine may translate them. */
export function Ltr({
  children,
  className,
  title,
}: {
  children: ReactNode
  className?: string
  title?: string
}) {
  return (
    <bdi dir="ltr" translate="no" className={className} title={title}>
      {children}
    </bdi>
  )
}
