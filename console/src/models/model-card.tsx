import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { LocalModelView, ModelView } from '../api/admin.ts'
import { useMayChange } from '../api/use-session.ts'
import { useFormat } from '../i18n/use-format.ts'
import { CheckIcon } from '../parts/icons.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { ToyBadge } from '../parts/toy-badge.tsx'
import { canChat } from './can-chat.ts'
import { Fact, Unknown } from './fact.tsx'
import { LoadModel } from './load-model.tsx'
import { LocalFacts } from './local-facts.tsx'
import { NowWords } from './now-words.tsx'
import { StateBadge } from './state-badge.tsx'

type ModelCardProps = {
  readonly model: ModelView
  /** What its process holds and does, where its weights are loaded here. */
  readonly local: LocalModelView | undefined
}

export function ModelCard({ model, local }: ModelCardProps) {
  const mayChange = useMayChange()
  return (
    <li className="panel row-span-4 grid min-w-0 grid-rows-subgrid gap-y-0">
      <div className="px-4 pt-3">
        <div className="flex items-start gap-2">
          <h2 className="min-w-0 font-semibold break-words">
            <Ltr>{model.name}</Ltr>
          </h2>
          {model.toy && <ToyBadge />}
          <span className="ms-auto shrink-0">
            <StateBadge state={model.state} leaving={local?.leaving === true} />
          </span>
        </div>
        <p className="mt-0.5 text-xs text-faint">
          <Ltr className="font-mono wrap-anywhere">{model.source}</Ltr>
        </p>
        {model.stateReason !== null && (
          <p className="mt-2 rounded-md bg-cinnabar-wash px-2.5 py-1.5 text-sm" dir="auto">
            {model.stateReason}
          </p>
        )}
      </div>
      <Facts model={model} local={local} />
      <Capabilities capabilities={model.capabilities} />
      <div className="flex flex-wrap items-center gap-x-4 border-t border-line px-4 py-1.5 text-sm">
        {canChat(model) && (
          <Link
            to="/playground"
            search={{ model: model.name }}
            className="link inline-flex min-h-6 min-w-8 items-center"
          >
            <Trans>Try it</Trans>
          </Link>
        )}
        <Link to="/" search={{ model: model.name }} className="link inline-flex min-h-6 min-w-8 items-center">
          <Trans>Its requests</Trans>
        </Link>
        {local !== undefined && mayChange && <LoadModel model={local} />}
      </div>
    </li>
  )
}

function Facts({ model, local }: ModelCardProps) {
  return (
    <dl className="grid grid-cols-2 content-start gap-x-4 gap-y-2 px-4 py-3">
      <Fact name={<Trans>Engine</Trans>}>{engineWords(model.engine)}</Fact>
      <Fact name={<Trans>Known from</Trans>}>{originWords(model.origin)}</Fact>
      <Fact name={<Trans>Licence</Trans>}>
        {model.licence === null ? <Unknown words={<Trans>not stated</Trans>} /> : <Ltr>{model.licence}</Ltr>}
      </Fact>
      <Fact name={<Trans>Price</Trans>}>{priceWords(model.price)}</Fact>
      {model.provenance !== undefined && (
        <Fact name={<Trans>Provenance</Trans>}>
          <ProvenanceWords level={model.provenance} />
        </Fact>
      )}
      {local === undefined ? (
        <>
          <Fact name={<Trans>Memory</Trans>}>
            <MemoryWords model={model} />
          </Fact>
          <Fact name={<Trans>Now</Trans>}>
            <NowWords requests={model} />
          </Fact>
        </>
      ) : (
        <LocalFacts model={local} />
      )}
    </dl>
  )
}

/** All that is known of the memory until its process has been asked, or where there is none. */
function MemoryWords({ model: { engine, residentBytes } }: { readonly model: ModelView }) {
  const { size } = useFormat()
  if (residentBytes !== null) return size(residentBytes)
  return <Unknown words={engine.startsWith('llama') ? <Trans>not loaded</Trans> : <Trans>elsewhere</Trans>} />
}

type Level = NonNullable<ModelView['provenance']>

/** How sure it is what the weights are: the level that rules read, and what it means. */
function ProvenanceWords({ level }: { readonly level: Level }) {
  const { count } = useFormat()
  return (
    <>
      <bdi className="tabular-nums">{count(level)}</bdi>: {provenanceWord(level)}
    </>
  )
}

function provenanceWord(level: Level) {
  switch (level) {
    case 0:
      return <Unknown words={<Trans>nobody knows</Trans>} />
    case 1:
      return <Trans>declared, not checked</Trans>
    case 2:
      return <Trans>its fingerprint fits</Trans>
    case 3:
      return <Trans>the maker’s file, by its hash</Trans>
    case 4:
      return <Trans>signed by the maker</Trans>
    default:
      return level satisfies never
  }
}

function engineWords(engine: ModelView['engine']) {
  switch (engine) {
    case 'llama':
    case 'llama-server':
      return <Trans>weights on this machine</Trans>
    case 'openai':
      return <Trans>OpenAI-protocol server</Trans>
    case 'anthropic':
      return <Trans>Anthropic-protocol server</Trans>
    case 'ai-sdk':
      return <Trans>provider of the AI SDK</Trans>
    default:
      return engine satisfies never
  }
}

function originWords(origin: ModelView['origin']) {
  switch (origin) {
    case 'config':
      return <Trans>the configuration</Trans>
    case 'pulled':
      return <Trans>pulled onto this machine</Trans>
    case 'starter':
      return <Trans>came with Musivum</Trans>
    case 'discovered':
      return <Trans>found on this machine</Trans>
    default:
      return origin satisfies never
  }
}

function priceWords(price: ModelView['price']) {
  switch (price) {
    case 'metered':
      return <Trans>metered per token</Trans>
    case 'owned':
      return <Trans>owned weights</Trans>
    case 'unpriced':
      return <Unknown words={<Trans>unpriced</Trans>} />
    default:
      return price satisfies never
  }
}

function Capabilities({ capabilities }: { readonly capabilities: ModelView['capabilities'] }) {
  const { t } = useLingui()
  const names: readonly (readonly [keyof ModelView['capabilities'], string])[] = [
    ['tools', t`tools`],
    ['images', t`images`],
    ['jsonSchema', t`JSON schema`],
    ['logprobs', t`log-probabilities`],
    ['embeddings', t`embeddings`],
    ['rerank', t`reranking`],
  ]
  const can = names.filter(([key]) => capabilities[key])
  return (
    <div className="px-4 pb-3">
      <h3 className="caption">
        <Trans>Capabilities</Trans>
      </h3>
      {can.length === 0 ? (
        <p className="text-sm text-faint">
          <Trans>plain chat only</Trans>
        </p>
      ) : (
        <ul className="mt-1 flex flex-wrap gap-x-3 gap-y-1">
          {can.map(([key, name]) => (
            <li key={key} className="flex items-center gap-1 text-sm">
              <CheckIcon className="size-3.5 text-verdigris" />
              {name}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
