import type { Recognise, Span } from './recognise/recognise.ts'

/**
 * The same recogniser, but that a text of this request is read once, however often somebody asks: labels look through all of it
 * before rules speak, and a duty to mask looks through the same again. What was found is forgotten with the request.
 */
export function recogniseOnce(recognise: Recognise, request: object): Recognise {
  const known = knownOf(recognise, request)
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const found = recognise(text)
    known.set(text, found)
    return found
  }
}

type Known = Map<string, readonly Span[]>

const byRecogniser = new WeakMap<Recognise, WeakMap<object, Known>>()

function knownOf(recognise: Recognise, request: object): Known {
  const byRequest = byRecogniser.get(recognise) ?? new WeakMap<object, Known>()
  byRecogniser.set(recognise, byRequest)
  const known: Known = byRequest.get(request) ?? new Map<string, readonly Span[]>()
  byRequest.set(request, known)
  return known
}
