import { z } from 'zod'
import { OPENNESS } from '../../catalog/model-facts.ts'
import { duration, mapping, text, wholeNumber, yesOrNo } from './schema-parts.ts'

/** What every model of `models:` may say, whatever runs it. */

export const about = {
  engine:
    'What runs or calls the model: `llama` (weights in a process of ours), `llama-server` (weights in a process of llama.cpp’s own server that we start), `openai` (any server that speaks the OpenAI protocol), `anthropic` (Anthropic, or a server that speaks its protocol) or `ai-sdk` (a provider package of the Vercel AI SDK).',
  licence:
    'The licence of the weights or of the service, as an SPDX identifier where there is one: `apache-2.0`.',
  region: 'Where the model runs: `on-premises`, `eu`, `us-east-1`. Rules about residency read this.',
  toy: 'Trained to show the machinery, not to be right: every answer says so.',
  price:
    '`owned` for weights without a bill per request, or dollars per million tokens. Without it a server is `unpriced`, which is not free.',
} as const

const usdPerMillion = (description: string) => {
  // Nano-dollars are exact up to nine million dollars; a million dollars per million tokens is beyond any price.
  const error = 'a number of US dollars from 0 to 1000000'
  return z.number({ error }).min(0, { error }).max(1_000_000, { error }).meta({ description })
}

const PRICE = '`owned`, or a mapping with `input_usd_per_million` and `output_usd_per_million`'

export const meteredPrice = z
  .strictObject(
    {
      input_usd_per_million: usdPerMillion('US dollars per million prompt tokens.'),
      output_usd_per_million: usdPerMillion('US dollars per million answer tokens.'),
      cache_read_usd_per_million: usdPerMillion(
        'US dollars per million prompt tokens read from the cache of the server. Default: the input price.',
      ).exactOptional(),
      cache_write_usd_per_million: usdPerMillion(
        'US dollars per million prompt tokens written to that cache. Default: the input price.',
      ).exactOptional(),
      cache_write_1h_usd_per_million: usdPerMillion(
        'The same where it is kept for an hour, which Anthropic sells apart. Default: as any other write.',
      ).exactOptional(),
    },
    { error: PRICE },
  )
  .meta({ description: 'US dollars per million tokens.' })

// A model named in any script is fine; a space, a quote or a control character would break headers and shell lines.
export const MODEL_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._:/@+-]{0,127}$/u

const REASONS = ['overloaded', 'context-too-long', 'content-policy', 'unsupported', 'outage'] as const

const WHERE = ['in-process', 'this-machine', 'own-network', 'remote'] as const

export const MODEL = text(MODEL_NAME, 'the name of a model')

export const fallback = z.union(
  [
    MODEL,
    mapping({
      model: MODEL.meta({ description: 'The model that answers instead.' }),
      on: z
        .array(z.enum(REASONS, { error: `one of ${REASONS.join(', ')}` }), { error: 'a list of reasons' })
        .min(1, { error: 'at least one reason' })
        .meta({ description: 'Only for these reasons. Default: overloaded, context-too-long and outage.' })
        .exactOptional(),
    }),
  ],
  { error: 'the name of a model, or a mapping with `model` and `on`' },
)

export const cache = mapping({
  ttl: duration.meta({ description: 'How long an answer may be given again.' }),
  sampled: yesOrNo(
    'Also for requests whose answer is drawn by lot, which is what a temperature above 0, or none, asks for. Default false.',
  ).exactOptional(),
})

export const stated = mapping({
  seller: text(/^\S+$/, 'one word such as `openai`')
    .meta({ description: 'Who sells the answers. Default: known from the vendor or the address.' })
    .exactOptional(),
  legal_seat: text(/^[A-Z]{2}$/, 'an ISO 3166 code such as `US`')
    .meta({ description: "Where the seller has its seat, whose law reaches it. Default: the vendor's." })
    .exactOptional(),
  runs: z
    .enum(WHERE, { error: WHERE.join(', ') })
    .meta({
      description:
        'Where it runs. Default: by its address. State `remote` for a proxy on this machine that passes requests on.',
    })
    .exactOptional(),
  retention_days: wholeNumber(0, 36_500)
    .meta({ description: 'Days that the seller keeps prompts and answers.' })
    .exactOptional(),
  trains_on_data: yesOrNo('Whether the seller trains on prompts and answers.').exactOptional(),
  terms_date: text(/^\d{4}-\d{2}-\d{2}$/, 'a date such as `"2026-11-23"` in quotes')
    .meta({ description: 'When the terms were read.' })
    .exactOptional(),
  baa: yesOrNo('A business associate agreement (HIPAA) is signed with the seller.').exactOptional(),
  dpa: yesOrNo('A data processing agreement (GDPR, DPDP) is signed with the seller.').exactOptional(),
  openness: z
    .enum(OPENNESS, { error: OPENNESS.join(', ') })
    .meta({ description: 'Whether the weights are public. Default: by the licence.' })
    .exactOptional(),
  licence: text(/^\S.*$/, 'the id of a licence record such as `llama-3.1`')
    .meta({ description: 'The licence record that rules read, in place of `licence` of the model.' })
    .exactOptional(),
  provenance: wholeNumber(0, 4)
    .meta({
      description:
        'How sure it is what the weights are: 0 unknown, 1 declared, 2 fingerprint fits, 3 hash equals the maker’s file, 4 signed by the maker.',
    })
    .exactOptional(),
  certified: yesOrNo('A certificate for its task says that it is good enough.').exactOptional(),
})

export const facts = {
  facts: stated
    .meta({
      description: 'What you state about the model for the rules of `policy`: contracts, seats, terms.',
    })
    .exactOptional(),
  cache: cache
    .meta({
      description:
        'Keep whole answers in memory and give them again when exactly the same is asked. Never across keys of different projects, policies or kinds of data.',
    })
    .exactOptional(),
  fallbacks: z
    .array(fallback, { error: 'a list of models' })
    .max(8, { error: 'at most 8 fallbacks' })
    .meta({
      description:
        'Models that answer in its place, in this order, when it cannot. Policy is asked for each.',
    })
    .exactOptional(),
  licence: text(/^\S.*$/, 'text such as `apache-2.0`')
    .meta({ description: about.licence })
    .exactOptional(),
  region: text(/^\S+$/, 'one word such as `eu`').meta({ description: about.region }).exactOptional(),
  toy: yesOrNo(about.toy).exactOptional(),
}

export const price = z
  .union([z.literal('owned'), meteredPrice], { error: PRICE })
  .meta({ description: about.price })
