import type { ReactNode } from 'react'

export function Fact({ name, children }: { readonly name: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="caption">{name}</dt>
      <dd className="text-sm break-words">{children}</dd>
    </div>
  )
}

export function Unknown({ words }: { readonly words: ReactNode }) {
  return <span className="text-faint">{words}</span>
}
