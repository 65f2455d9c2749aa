import type { LedgerLine, Settlement } from '../../../src/gateway/admin/contract.ts'

export type { LedgerLine, Settlement }

/** One call of one model: its lines, one for each bucket that it used. */
export type Call = {
  readonly purpose: LedgerLine['purpose']
  readonly model: string
  readonly seller: string | null
  readonly lines: readonly LedgerLine[]
}

/** `unpriced`: lines whose cost nobody knows; they are in no sum. */
export type CostSum = { readonly nanoUsd: number; readonly unpriced: number }

/**
 * The lines as calls, in the order in which they were made. A line of another purpose or model begins a new call, and so
 * does a bucket that the call has already: a second attempt at the same model.
 */
export function callsOf(lines: readonly LedgerLine[]): readonly Call[] {
  const calls: LedgerLine[][] = []
  for (const line of lines) {
    const open = calls.at(-1)
    if (open !== undefined && belongs(open, line)) open.push(line)
    else calls.push([line])
  }
  return calls.flatMap((members) => {
    const [first] = members
    return first === undefined ? [] : [{ ...headOf(first), lines: members }]
  })
}

export function sumOf(lines: readonly LedgerLine[]): CostSum {
  return {
    nanoUsd: lines.reduce((total, line) => total + line.nanoUsd, 0),
    unpriced: lines.filter((line) => line.status === 'unpriced').length,
  }
}

function belongs(call: readonly LedgerLine[], line: LedgerLine): boolean {
  return (
    call[0]?.purpose === line.purpose &&
    call[0]?.model === line.model &&
    call.every((other) => other.bucket !== line.bucket)
  )
}

function headOf({ purpose, model, seller }: LedgerLine): Omit<Call, 'lines'> {
  return { purpose, model, seller }
}
