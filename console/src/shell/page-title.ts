import { useEffect } from 'react'

/** Names the tab, and with it what a screen reader says after a change of page. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Musivum`
  }, [title])
}
