import { CopyButton } from './copy-button.tsx'

/** Code to take away: scrolls inside itself, never the page. */
export function CodeBlock({ code, label }: { readonly code: string; readonly label: string }) {
  return (
    <div className="relative rounded-md border border-line bg-raised text-start" dir="ltr">
      <pre
        className="overflow-x-auto p-3 pe-11 font-mono text-xs leading-5"
        tabIndex={0}
        translate="no"
        aria-label={label}
      >
        <code>{code}</code>
      </pre>
      <div className="absolute end-1.5 top-1.5 rounded-md bg-raised">
        <CopyButton text={code} label={label} />
      </div>
    </div>
  )
}
