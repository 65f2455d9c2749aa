import { useFormat } from '../i18n/use-format.ts'
import { Ltr } from '../parts/ltr.tsx'

type ChipsProps = {
  readonly names: readonly string[]
  /** How often each was met; nothing is shown beside a name that has no number. */
  readonly counts?: Readonly<Record<string, number>>
}

/** Names of entities and findings: words of the configuration, the same in every language. */
export function Chips({ names, counts = {} }: ChipsProps) {
  const { count } = useFormat()
  return (
    <ul className="flex flex-wrap gap-1.5">
      {names.map((name) => (
        <li key={name} className="rounded-sm bg-raised px-1.5 font-mono text-xs leading-5 wrap-anywhere">
          <Ltr>{name}</Ltr>
          {counts[name] !== undefined && (
            <>
              {' '}
              <bdi className="font-sans font-semibold tabular-nums">{count(counts[name])}</bdi>
            </>
          )}
        </li>
      ))}
    </ul>
  )
}
