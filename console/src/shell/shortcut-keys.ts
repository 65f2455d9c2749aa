import { useEffect, useRef } from 'react'
import { readStored, writeStored } from './stored.ts'

// One handler per key: the screen that is up owns it.
const handlers = new Map<string, () => void>()
const STORED = 'musivum.shortcuts'
// Long enough to find the second key, short enough that a stray `g` is forgotten.
const SEQUENCE_MS = 1_000

/** Runs `action` when `keys` is typed outside a field: one character, or two for a sequence ("gl"). */
export function useShortcut(keys: string, action: () => void): void {
  const latest = useRef(action)
  useEffect(() => {
    latest.current = action
  })
  useEffect(() => {
    const run = () => latest.current()
    handlers.set(keys, run)
    return () => {
      if (handlers.get(keys) === run) handlers.delete(keys)
    }
  }, [keys])
}

/** Speech input types stray letters, so single keys can be turned off (WCAG 2.1.4). */
export function shortcutsOn(): boolean {
  return readStored(STORED) !== 'off'
}

export function setShortcutsOn(on: boolean): void {
  writeStored(STORED, on ? 'on' : 'off')
}

/** Listens for the whole page until the returned function is called. */
export function listenForShortcuts(): () => void {
  let first: { key: string; atMs: number } | undefined
  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !shortcutsOn()) return
    if (document.querySelector('dialog[open]') !== null) return
    const sequence =
      first !== undefined && event.timeStamp - first.atMs < SEQUENCE_MS ? first.key + event.key : ''
    first = { key: event.key, atMs: event.timeStamp }
    const action = handlers.get(sequence) ?? handlers.get(event.key)
    if (action === undefined) return
    event.preventDefault()
    first = undefined
    action()
  }
  document.addEventListener('keydown', onKeyDown)
  return () => document.removeEventListener('keydown', onKeyDown)
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.matches('input:not([type=radio], [type=checkbox]), textarea, select')
  )
}
