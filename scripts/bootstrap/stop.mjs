/** A failure whose message is all that a person needs: printed as it is, without a stack. */
export class Stop extends Error {}

/**
 * Runs a script's `main` and ends the process: with its exit code, or with 1 and one line on standard error.
 *
 * @param {() => Promise<number>} main
 */
export async function runMain(main) {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
