import { label, type Labels } from '../../privacy/label.ts'
import { textsOf } from '../../privacy/label-texts.ts'
import { coverageOf } from '../../privacy/names/name-labels.ts'
import { withNames } from '../../privacy/names/with-names.ts'
import type { Recognise } from '../../privacy/recognise/recognise.ts'
import type { Gateway, Snapshot } from '../gateway-parts.ts'
import type { RequestContent } from '../request-content.ts'
import type { RequestRecord } from '../request-record.ts'
import { nameReading } from './name-reading.ts'
import type { NameReading } from './names-tier.ts'

/**
 * Step 3 of an answer: by patterns, and by the model of the second tier where one is configured and there are rules that read
 * labels.
 *
 * @throws MusivumError `privacy.names_failed`
 */
export function labelRequest(
  gateway: Gateway,
  snapshot: Snapshot,
  record: RequestRecord,
  content: RequestContent,
): Labels | Promise<Labels> {
  const recognise = gateway.duties.recogniser(snapshot.policy)
  const { names } = snapshot
  if (recognise === undefined || names === undefined) return label(content, recognise)
  record.names = nameReading(names, { gateway, snapshot, record })
  return labelled(content, recognise, record.names, record.exchange.signal)
}

/** The labels of both tiers. */
export async function labelled(
  content: RequestContent,
  recognise: Recognise,
  { tier, read }: NameReading,
  signal: AbortSignal,
): Promise<Labels> {
  const byPattern = label(content, recognise)
  try {
    const find = await read(textsOf(content).texts, byPattern)
    return label(content, withNames(recognise, find), coverageOf(tier.entities))
  } catch (thrown) {
    if (tier.onError === 'refuse' || signal.aborted) throw thrown
    return byPattern.examined ? { ...byPattern, names: 'failed' } : byPattern
  }
}
