import { join } from 'node:path'
import { ensureConsoleBuilt, ensureInstalled, root, runNode24 } from './bootstrap.mjs'
import { runMain } from './bootstrap/stop.mjs'

// npm test -- ARGS: everything a fresh clone lacks, then the test runner with the same arguments.
await runMain(async () => {
  await ensureInstalled()
  const hasConsole = await ensureConsoleBuilt()
  const runner = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const exitCode = await runNode24([runner, 'run', ...process.argv.slice(2)])
  if (!hasConsole) process.stderr.write('The console could not be built; see above.\n')
  return exitCode === 0 && !hasConsole ? 1 : exitCode
})
