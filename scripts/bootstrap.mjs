/**
 * What a checkout needs before our own TypeScript can run: dependencies, a Node 24, a built console. Plain JavaScript
 * without a dependency, because it runs before anything is installed and on any Node from 18 on. Whatever it has to
 * say goes to standard error: standard output belongs to the command.
 */
export { ensureConsoleBuilt } from './bootstrap/console.mjs'
export { ensureFolderInstalled, ensureInstalled } from './bootstrap/install.mjs'
export { node24, runNode24 } from './bootstrap/node24.mjs'
export { root } from './bootstrap/root.mjs'
