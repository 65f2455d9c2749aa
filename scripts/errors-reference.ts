import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { errors, type Next } from '../src/core/errors.ts'

const HELPS: Record<Next, string> = {
  stop: 'nothing: ask the operator',
  retry: 'the same request again, later',
  'other-model': 'another model',
  'change-request': 'a changed request',
}

/** docs/errors.md, made from the table in the code, so that the two cannot differ. A test compares. */
export function errorsReference(): string {
  const rows = Object.entries(errors).map(
    ([code, { status, next, means }]) => `| \`${code}\` | ${status} | ${HELPS[next]} | ${means} |`,
  )
  return `# Errors

Every failure has OpenAI's shape, \`{"error": {"message", "type", "param", "code"}}\`, with one of these codes in \`code\`. After the
first byte of a stream the same object comes as a last event, and the stream ends without \`[DONE]\`.

This page is made from \`src/core/errors.ts\` by \`node scripts/errors-reference.ts\`.

| code | status | what may help | meaning |
|---|---|---|---|
${rows.join('\n')}
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../docs/errors.md', import.meta.url), errorsReference())
}
