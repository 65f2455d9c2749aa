import { toMusivumError } from '../core/errors.ts'
import { setVariable } from './gateway-settings.ts'
import type { Terminal } from './terminal.ts'

export type EnsureOptions = { readonly home: string; readonly install: boolean }

/** Sees to it that the embedded engine is there. Without it everything else still works, so a failure is a warning. */
export async function ensureEngine({ home, install }: EnsureOptions, terminal: Terminal): Promise<void> {
  const { engineInstalled, installEngine } = await import('../engines/llama/install.ts')
  if (await engineInstalled(home)) return
  const missing = 'the embedded engine is not installed, so models with weights cannot answer'
  if (!install || isOffline(terminal.env)) {
    terminal.note(`${missing}; \`musivum engine install\` brings it (about 85 MB)`, 'yellow')
    return
  }
  terminal.note('installing the embedded engine, once (about 85 MB) …', 'dim')
  try {
    await installEngine({ home, log: (line) => terminal.note(line, 'dim'), signal: terminal.signal })
  } catch (thrown) {
    if (terminal.signal.aborted) throw thrown
    terminal.note(`${missing}: ${toMusivumError(thrown).message}`, 'yellow')
  }
}

export function isOffline(env: NodeJS.ProcessEnv): boolean {
  const value = setVariable(env, 'MUSIVUM_OFFLINE')
  return value !== undefined && value !== '0' && value !== 'false'
}
