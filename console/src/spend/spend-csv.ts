import type { SpendBy, SpendSum } from '../api/spend.ts'
import { exactUsd } from '../format/money.ts'
import { isUnknown } from './spend-groups.ts'

/**
 * The sums as a table for other programs: UTC, dollars to the nano-dollar, a decimal point. What nobody priced is an empty
 * cell, never 0; the group of what has none is empty too, and the sum of smaller groups is `(others)`.
 */
export function csvOf(sums: readonly SpendSum[], by: SpendBy): string {
  const lines = sums.map((sum) =>
    [
      new Date(sum.startMs).toISOString(),
      cell(sum.rest === true ? '(others)' : sum.group),
      sum.requests,
      sum.inputTokens,
      sum.outputTokens,
      isUnknown(sum) ? '' : exactUsd(sum.nanoUsd),
      sum.unpricedRequests,
    ].join(','),
  )
  const heading = ['start_utc', by, 'requests', 'input_tokens', 'output_tokens', 'usd', 'unpriced_requests']
  return [heading.join(','), ...lines, ''].join('\r\n')
}

/** RFC 4180; and a name that a spreadsheet would run as a formula stays a name. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Hands a file to the browser; nothing is fetched for it. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser reads the blob when it begins to save, which is after this task.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
