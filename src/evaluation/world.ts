/** What long work needs of whoever started it: where names of files begin, when to stop, and somebody to tell. */
export type World = {
  readonly cwd: string
  /** Aborted by Ctrl-C, and when nobody wants the result any more. */
  readonly signal: AbortSignal
  /** A line for people: warnings and what was found. Never the text of an item or an answer. */
  readonly note: (line: string, look?: 'dim' | 'yellow' | 'red') => void
  /** How far it is, on one line that the next one is drawn over; '' removes it. Absent where nobody looks. */
  readonly progress?: (text: string) => void
}
