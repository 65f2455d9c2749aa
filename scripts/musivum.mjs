import { ensureInstalled, root, runNode24 } from './bootstrap.mjs'
import { runMain } from './bootstrap/stop.mjs'

// npm run -s musivum -- ARGS: the command line from a checkout.
await runMain(async () => {
  await ensureInstalled()
  return runNode24([`${root}src/cli/main.ts`, ...process.argv.slice(2)])
})
