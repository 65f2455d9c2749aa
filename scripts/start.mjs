import { ensureConsoleBuilt, ensureInstalled, root, runNode24 } from './bootstrap.mjs'
import { runMain } from './bootstrap/stop.mjs'

// npm start -- --port 4000: everything a fresh clone lacks, then `musivum up` with the same arguments.
await runMain(async () => {
  await ensureInstalled()
  if (!(await ensureConsoleBuilt())) {
    process.stderr.write(
      'The gateway starts without its console. `npm run build -w console` shows what is wrong.\n',
    )
  }
  return runNode24([`${root}src/cli/main.ts`, 'up', ...process.argv.slice(2)])
})
