import type { ReactNode } from 'react'

/** Nothing here, and what to do about it. */
export function Empty({ title, children }: { readonly title: ReactNode; readonly children?: ReactNode }) {
  return (
    <div className="mx-auto max-w-xl px-4 py-10 text-center">
      <h2 className="font-semibold">{title}</h2>
      {children !== undefined && <div className="mt-1 space-y-3 text-soft">{children}</div>}
    </div>
  )
}
