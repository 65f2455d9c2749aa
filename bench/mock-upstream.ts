import { startUpstream, type UpstreamOptions } from '../test/upstream/upstream.ts'
import { answerJobs } from './lib/child.ts'

/** The vendor double of the tests in a process of its own, so that its work is not counted as ours. */
export type UpstreamJob = UpstreamOptions
export type UpstreamStarted = { readonly url: string; readonly port: number }

answerJobs<UpstreamJob, UpstreamStarted>(async (options) => {
  const { url, port } = await startUpstream(options)
  return { url, port }
})
