import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useShortcut } from '../shell/shortcut-keys.ts'

type SearchFieldProps = {
  readonly label: ReactNode
  readonly placeholder: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly maxLength?: number
}

// A quarter of a second after the last key: one query for a pasted id, not one per letter.
const TYPING_MS = 250

/** Asks when the typing has stopped; `/` jumps to it from anywhere on the screen. */
export function SearchField({ label, placeholder, value, onChange, maxLength = 100 }: SearchFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState(value)
  useShortcut('/', () => field.current?.focus())
  useEffect(() => setTyped(value), [value])
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => onChange(typed), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed, value, onChange])
  return (
    <label className="flex min-w-0 flex-col gap-1 max-sm:grow max-sm:basis-full">
      <span className="caption">{label}</span>
      <input
        ref={field}
        type="search"
        // The placeholder reads in the direction of the page, what is typed in its own.
        dir={typed === '' ? undefined : 'auto'}
        autoComplete="off"
        spellCheck={false}
        maxLength={maxLength}
        placeholder={placeholder}
        className="control w-64 max-sm:w-full"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  )
}
