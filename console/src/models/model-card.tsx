import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ModelView } from '../api/admin.ts'
import { useFormat } from '../i18n/use-format.ts'
import { CheckIcon } from '../parts/icons.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { ToyBadge } from '../parts/toy-badge.tsx'

export function ModelCard({ model }: { readonly model: ModelView }) {
  return (
    <li className="panel row-span-4 grid min-w-0 grid-rows-subgrid gap-y-0">
      <div className="px-4 pt-3">
        <div className="flex items-start gap-2">
          <h2 className="min-w-0 font-semibold break-words">
            <Ltr>{model.name}</Ltr>
          </h2>
          {model.toy && <ToyBadge />}
          <span className="ms-auto shrink-0">
            <StateBadge state={model.state} />
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
      <Facts model={model} />
      <Capabilities capabilities={model.capabilities} />
      <p className="flex items-center gap-4 border-t border-line px-4 py-1.5 text-sm">
        <Link
          to="/playground"
          search={{ model: model.name }}
          className="link inline-flex min-h-6 min-w-8 items-center"
        >
          <Trans>Try it</Trans>
        </Link>
        <Link to="/" search={{ model: model.name }} className="link inline-flex min-h-6 min-w-8 items-center">
          <Trans>Its requests</Trans>
        </Link>
      </p>
    </li>
  )
}

const SHAPE = {
  idle: 'rounded-full border-2 border-edge',
  starting: 'rounded-full border-2 border-lapis',
  ready: 'rounded-full bg-verdigris',
  restarting: 'rotate-45 bg-gold',
  unavailable: 'rotate-45 bg-cinnabar',
}

function StateBadge({ state }: { readonly state: ModelView['state'] }) {
  return (
    <span className="flex items-center gap-1.5 text-sm leading-[1.375rem] text-soft">
      <span aria-hidden="true" className={`size-2 ${SHAPE[state]}`} />
      {stateWord(state)}
    </span>
  )
}

function stateWord(state: ModelView['state']) {
  switch (state) {
    case 'idle':
      return <Trans>idle</Trans>
    case 'starting':
      return <Trans>starting</Trans>
    case 'ready':
      return <Trans>ready</Trans>
    case 'restarting':
      return <Trans>restarting</Trans>
    case 'unavailable':
      return <Trans>unavailable</Trans>
    default:
      return state satisfies never
  }
}

function Facts({ model }: { readonly model: ModelView }) {
  const { size } = useFormat()
  return (
    <dl className="grid grid-cols-2 content-start gap-x-4 gap-y-2 px-4 py-3">
      <Fact name={<Trans>Engine</Trans>}>{engineWords(model.engine)}</Fact>
      <Fact name={<Trans>Known from</Trans>}>{originWords(model.origin)}</Fact>
      <Fact name={<Trans>Licence</Trans>}>
        {model.licence === null ? <Unknown words={<Trans>not stated</Trans>} /> : <Ltr>{model.licence}</Ltr>}
      </Fact>
      <Fact name={<Trans>Price</Trans>}>{priceWords(model.price)}</Fact>
      <Fact name={<Trans>Memory</Trans>}>
        {model.residentBytes === null ? (
          <Unknown words={model.engine === 'llama' ? <Trans>not loaded</Trans> : <Trans>elsewhere</Trans>} />
        ) : (
          size(model.residentBytes)
        )}
      </Fact>
      <Fact name={<Trans>Now</Trans>}>
        <Load model={model} />
      </Fact>
    </dl>
  )
}

function Fact({ name, children }: { readonly name: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="caption">{name}</dt>
      <dd className="text-sm break-words">{children}</dd>
    </div>
  )
}

function Unknown({ words }: { readonly words: ReactNode }) {
  return <span className="text-faint">{words}</span>
}

function engineWords(engine: ModelView['engine']) {
  switch (engine) {
    case 'llama':
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

function Load({ model }: { readonly model: ModelView }) {
  if (model.activeRequests + model.queuedRequests === 0) return <Unknown words={<Trans>no request</Trans>} />
  return (
    <span className="tabular-nums">
      <Plural value={model.activeRequests} one="# request" other="# requests" />
      {model.queuedRequests > 0 && (
        <>
          {', '}
          <Plural value={model.queuedRequests} one="# waiting" other="# waiting" />
        </>
      )}
    </span>
  )
}
