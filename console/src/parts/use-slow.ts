import { useEffect, useState } from 'react'

// A gateway on this machine answers in milliseconds; three seconds of nothing deserve a word.
const SLOW_MS = 3_000

/** True once `pending` has lasted longer than anyone expects. */
export function useSlow(pending: boolean): boolean {
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    if (!pending) return setSlow(false)
    const timer = setTimeout(() => setSlow(true), SLOW_MS)
    return () => clearTimeout(timer)
  }, [pending])
  return pending && slow
}
