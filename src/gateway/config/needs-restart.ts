import type { ConfigSnapshot } from './load-config.ts'

type Listen = ConfigSnapshot['listen']

/**
 * One line for each setting that a running gateway cannot take over: the address it listens on. All others are in force with the
 * reload; test/e2e/config-settings.test.ts goes through the schema.
 */
export function needsRestart(running: Listen, wanted: Listen): readonly string[] {
  const changed = (['host', 'port'] as const).filter((key) => running[key] !== wanted[key])
  return changed.map(
    (key) =>
      `listen.${key}: ${wanted[key]} is in force after a restart; until then the gateway listens on ${running[key]}`,
  )
}
