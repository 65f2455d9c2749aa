import { useId, type ReactNode } from 'react'

type FieldProps = {
  readonly label: ReactNode
  /** What to write, or what it is for, under the field. */
  readonly hint?: ReactNode
  readonly className?: string
  readonly children: (wiring: { readonly id: string; readonly 'aria-describedby'?: string }) => ReactNode
}

/** A label, its field, and a hint that a screen reader reads with the field. */
export function Field({ label, hint, className = '', children }: FieldProps) {
  const id = useId()
  return (
    <div className={`flex min-w-0 flex-col gap-1 ${className}`}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, ...(hint !== undefined && { 'aria-describedby': `${id}-hint` }) })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-xs text-faint">
          {hint}
        </p>
      )}
    </div>
  )
}
