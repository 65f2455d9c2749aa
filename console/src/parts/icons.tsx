import type { ReactNode } from 'react'

type IconProps = { readonly className?: string }

function icon(paths: ReactNode) {
  return function Icon({ className = 'size-4' }: IconProps) {
    return (
      <svg
        viewBox="0 0 16 16"
        className={`shrink-0 ${className}`}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {paths}
      </svg>
    )
  }
}

export const PauseIcon = icon(<path d="M5.5 3.5v9M10.5 3.5v9" />)
export const PlayIcon = icon(<path d="M5 3.5v9l7-4.5z" />)
export const StopIcon = icon(<rect x="4" y="4" width="8" height="8" rx="1" />)
export const CopyIcon = icon(
  <>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 3.5a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1" />
  </>,
)
export const CheckIcon = icon(<path d="m3.5 8.5 3 3 6-7" />)
export const CrossIcon = icon(<path d="m4 4 8 8M12 4l-8 8" />)
export const SunIcon = icon(
  <>
    <circle cx="8" cy="8" r="2.75" />
    <path d="M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7" />
  </>,
)
export const MoonIcon = icon(<path d="M13.5 9.6A5.75 5.75 0 0 1 6.4 2.5a5.75 5.75 0 1 0 7.1 7.1z" />)
export const SystemIcon = icon(
  <>
    <rect x="1.75" y="2.75" width="12.5" height="8.5" rx="1.25" />
    <path d="M5.5 13.75h5" />
  </>,
)
export const WarningIcon = icon(<path d="M8 2.2 14.3 13H1.7zM8 6.5v3M8 11.2v.1" />)
export const ArrowUpIcon = icon(<path d="M8 13V3.5M4 7.2l4-4 4 4" />)
export const OpenIcon = icon(
  <>
    <rect x="3.25" y="7.25" width="9.5" height="6.25" rx="1.25" />
    <path d="M5.25 7.25V5a2.75 2.75 0 0 1 5.3-1" />
  </>,
)
export const PlusIcon = icon(<path d="M8 3.5v9M3.5 8h9" />)
export const DownloadIcon = icon(<path d="M8 2.5V10M4.8 7 8 10.2 11.2 7M3 13.2h10" />)
export function SignOutIcon({ className = 'size-4' }: IconProps) {
  return <Door className={`${className} rtl:-scale-x-100`} />
}
const Door = icon(
  <path d="M9.5 2.75H4A1.25 1.25 0 0 0 2.75 4v8A1.25 1.25 0 0 0 4 13.25h5.5M7 8h6.5M11 5.25 13.75 8 11 10.75" />,
)
/** Points the way one reads, so it turns round in right-to-left text. */
export function BackIcon({ className = 'size-4' }: IconProps) {
  return <Chevron className={`${className} rtl:-scale-x-100`} />
}
const Chevron = icon(<path d="m9.5 3.5-4.5 4.5 4.5 4.5" />)
export function DisclosureIcon({ className = 'size-3' }: IconProps) {
  return (
    <Chevron className={`${className} rotate-180 rtl:rotate-0 transition-transform group-open:-rotate-90`} />
  )
}
