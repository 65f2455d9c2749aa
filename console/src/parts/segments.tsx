import { useId } from 'react'

type SegmentsProps<Value extends string> = {
  readonly legend: string
  readonly choices: readonly (readonly [Value, string])[]
  readonly chosen: Value
  readonly onChoose: (value: Value) => void
}

/** One of a few, all of them in sight: radio buttons that look like one switch. */
export function Segments<Value extends string>(props: SegmentsProps<Value>) {
  const group = useId()
  return (
    <fieldset className="flex flex-wrap rounded-md border border-line bg-raised p-0.5">
      <legend className="sr-only">{props.legend}</legend>
      {props.choices.map(([value, name]) => (
        <label
          key={value}
          className="relative flex min-h-6 cursor-pointer items-center rounded-sm px-2 text-xs font-medium text-faint hover:text-ink has-checked:bg-surface has-checked:text-ink has-checked:shadow-[0_0_0_1px_var(--color-edge)] has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-lapis"
        >
          <input
            type="radio"
            name={group}
            checked={props.chosen === value}
            onChange={() => props.onChoose(value)}
            className="absolute inset-0 cursor-pointer appearance-none outline-none"
          />
          {name}
        </label>
      ))}
    </fieldset>
  )
}
