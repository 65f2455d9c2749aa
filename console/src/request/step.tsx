import type { ReactNode } from 'react'

type StepProps = { readonly name: ReactNode; readonly children: ReactNode; readonly last?: boolean }

/** A tessera on a line; the next one is set under it. */
export function Step({ name, children, last = false }: StepProps) {
  return (
    <li className="relative grid gap-x-4 ps-6 pb-4 last:pb-0 sm:grid-cols-[7rem_minmax(0,1fr)]">
      {!last && <span aria-hidden="true" className="absolute start-[5px] top-4 bottom-0 w-px bg-line" />}
      <span aria-hidden="true" className="absolute start-0.5 top-1.5 size-[7px] bg-lapis-fill" />
      <h3 className="text-sm text-faint">{name}</h3>
      <div className="min-w-0 text-base">{children}</div>
    </li>
  )
}

/** Under what a step says first. */
export function Note({
  children,
  tone = 'text-soft',
}: {
  readonly children: ReactNode
  readonly tone?: string
}) {
  return <p className={`mt-1 text-sm ${tone}`}>{children}</p>
}
