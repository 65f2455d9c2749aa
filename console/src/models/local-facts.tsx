import { Plural, Trans } from '@lingui/react/macro'
import type { LocalModelView } from '../api/admin.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Ltr } from '../parts/ltr.tsx'
import { Fact, Unknown } from './fact.tsx'
import { NowWords } from './now-words.tsx'

type LocalProps = { readonly model: LocalModelView }

/** What a model that is loaded here holds and does, as `musivum models ps` says it. */
export function LocalFacts({ model }: LocalProps) {
  const loaded = model.pid !== null
  return (
    <>
      <Fact name={<Trans>Memory</Trans>}>
        {loaded ? <MemoryWords model={model} /> : <Unknown words={<Trans>not loaded</Trans>} />}
      </Fact>
      <Fact name={<Trans>Now</Trans>}>
        <NowWords requests={model} />
      </Fact>
      {loaded && <LoadedFacts model={model} />}
    </>
  )
}

function LoadedFacts({ model }: LocalProps) {
  return (
    <>
      <Fact name={<Trans>Slots</Trans>}>
        <SlotsWords model={model} />
      </Fact>
      <Fact name={<Trans>Speed</Trans>}>
        <SpeedWords model={model} />
      </Fact>
      <Fact name={<Trans>Prompt tokens reused</Trans>}>
        <ReusedWords model={model} />
      </Fact>
      <Fact name={<Trans>Unloads</Trans>}>
        <UnloadsWords model={model} />
      </Fact>
      <Fact name={<Trans>Loaded</Trans>}>
        <ProcessWords model={model} />
      </Fact>
    </>
  )
}

function MemoryWords({ model: { residentBytes, promisedBytes } }: LocalProps) {
  const { size } = useFormat()
  const held = residentBytes === null ? <Trans>not measured yet</Trans> : <bdi>{size(residentBytes)}</bdi>
  return (
    <>
      {held}
      {promisedBytes !== null && (
        <span className="block text-faint">
          <Trans>promised: {size(promisedBytes)}</Trans>
        </span>
      )}
    </>
  )
}

function SlotsWords({ model: { slots, contextTokens } }: LocalProps) {
  const { count } = useFormat()
  if (slots === null) return <Unknown words={<Trans>not known</Trans>} />
  return (
    <>
      <span className="tabular-nums">{count(slots)}</span>
      {contextTokens !== null && (
        <span className="block text-faint">
          <Plural value={contextTokens} one="# token each" other="# tokens each" />
        </span>
      )}
    </>
  )
}

function SpeedWords({ model: { answerTokensPerSecond: answer, promptTokensPerSecond: prompt } }: LocalProps) {
  const { compact } = useFormat()
  if (answer === null) return <Unknown words={<Trans>not measured yet</Trans>} />
  return (
    <>
      <Trans>{compact(answer)} tokens/s</Trans>
      {prompt !== null && (
        <span className="block text-faint">
          <Trans>reads {compact(prompt)} tokens/s</Trans>
        </span>
      )}
    </>
  )
}

function ReusedWords({ model: { promptTokensEvaluated: read, promptTokensReused: reused } }: LocalProps) {
  const { compact, share } = useFormat()
  if (read === null || reused === null || read + reused === 0)
    return <Unknown words={<Trans>none read yet</Trans>} />
  return (
    <>
      <span className="tabular-nums">{share(reused / (read + reused))}</span>
      <span className="block text-faint">
        <Trans>
          {compact(reused)} of {compact(read + reused)}
        </Trans>
      </span>
    </>
  )
}

function UnloadsWords({ model }: LocalProps) {
  const { moment } = useFormat()
  return (
    <>
      <WhenUnloaded model={model} />
      {model.idleSinceMs !== null && (
        <span className="block text-faint">
          <Trans>idle since {moment(model.idleSinceMs)}</Trans>
        </span>
      )}
    </>
  )
}

function WhenUnloaded({ model: { pinned, idleSinceMs, unloadAtMs } }: LocalProps) {
  const { duration } = useFormat()
  if (pinned) return <Trans>never: it is pinned</Trans>
  if (idleSinceMs === null) return <Trans>not while it is asked</Trans>
  if (unloadAtMs === null) return <Trans>never</Trans>
  const seconds = Math.max(0, Math.round((unloadAtMs - Date.now()) / 1000))
  return <Trans>in {duration(seconds * 1000)}</Trans>
}

function ProcessWords({ model: { pid, loadedAtMs, recycled } }: LocalProps) {
  const { distance } = useFormat()
  return (
    <>
      {loadedAtMs !== null && distance(loadedAtMs)}
      <span className="block text-faint">
        <Trans>
          process <Ltr className="tabular-nums">{pid}</Ltr>
        </Trans>
        {recycled > 0 && (
          <>
            {', '}
            <Plural value={recycled} one="replaced once" other="replaced # times" />
          </>
        )}
      </span>
    </>
  )
}
