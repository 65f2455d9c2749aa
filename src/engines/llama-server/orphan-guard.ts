import { spawn } from 'node:child_process'

/** Ends its watch, when the process it watches has ended in another way. */
export type OrphanGuard = () => void

/**
 * Ends a process when we are gone, whichever way: a killed gateway ends nobody itself. A shell of 1 MB waits for the end
 * of a pipe that only we hold; the program knows nothing of it.
 *
 * On Windows nobody watches: there a killed gateway leaves the process behind.
 */
export function endWithUs(pid: number): OrphanGuard {
  if (process.platform === 'win32') return () => undefined
  const shell = spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$1" 2>/dev/null', 'sh', String(pid)], {
    // In a group of its own, or Ctrl-C would end it before it has done its work.
    detached: true,
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.once('error', () => 'no shell here: the process is ended by us alone')
  shell.stdin.once('error', () => 'it has ended, as it was told to')
  // It must not keep us alive.
  shell.unref()
  return () => void shell.kill('SIGKILL')
}
