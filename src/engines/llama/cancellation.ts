/** Set by the order to cancel; whoever works looks at it between two tokens. */
export type Cancellation = { cancelled: boolean }
