import { useEffect, useState, type RefObject } from 'react'

/** True while the top of `element` is out of sight above: someone is reading further down. */
export function useScrolledPast(element: RefObject<HTMLElement | null>): boolean {
  const [past, setPast] = useState(false)
  useEffect(() => {
    function measure(): void {
      const top = element.current?.getBoundingClientRect().top ?? 0
      setPast(top < 0)
    }
    measure()
    addEventListener('scroll', measure, { passive: true })
    return () => removeEventListener('scroll', measure)
  }, [element])
  return past
}
