import { useSyncExternalStore } from 'react'
import { writeStored } from './stored.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

// The same key as in public/before-paint.js.
const STORED = 'musivum.theme'
const watchers = new Set<() => void>()

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(watch, currentTheme), setTheme]
}

export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset['theme']
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  writeStored(STORED, theme)
  for (const changed of watchers) changed()
}

function watch(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  watchers.add(changed)
  system.addEventListener('change', changed)
  return () => {
    watchers.delete(changed)
    system.removeEventListener('change', changed)
  }
}

/** What is on screen now, whoever chose it: for the canvas of the chart, which CSS cannot reach. */
export function useDark(): boolean {
  return useSyncExternalStore(watch, isDark)
}

function isDark(): boolean {
  const theme = currentTheme()
  return theme === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark'
}
