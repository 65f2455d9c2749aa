import type { LicenceRecord } from './licence-record.ts'

const SERVICE = {
  kind: 'service',
  openness: 'closed',
  commercial: true,
  mauCap: 'none',
  revenueCapUsd: 'none',
  attribution: null,
  date: '2026-11-23',
  confidence: 'B',
} as const

const COMPETING = 'Outputs may not train models that compete with the seller.'

/** What the terms of sellers of closed models say, above all about their outputs. */
export const serviceTerms: readonly LicenceRecord[] = [
  {
    ...SERVICE,
    id: 'openai-api',
    name: 'OpenAI business terms',
    fieldOfUse: ['what the usage policies list'],
    outputsMayTrain: 'no',
    notes: [COMPETING, 'There is a “permitted exception”, and a list of supported countries.'],
    source: 'HN 47144431; conductatlas',
  },
  {
    ...SERVICE,
    id: 'anthropic-commercial',
    name: 'Anthropic commercial terms',
    fieldOfUse: ['what the acceptable use policy lists'],
    outputsMayTrain: 'no',
    notes: [
      'No competing product or service, “including to train competing AI models”.',
      'There is a list of supported countries.',
    ],
    source: 'conductatlas, anthropic-commercial-terms',
  },
  {
    ...SERVICE,
    id: 'gemini-api',
    name: 'Gemini API terms',
    fieldOfUse: ['what the prohibited use policy lists'],
    outputsMayTrain: 'no',
    notes: [COMPETING],
    source: 'HN 47144431',
  },
  {
    ...SERVICE,
    id: 'aws-bedrock',
    name: 'AWS service terms (Bedrock)',
    outputsMayTrain: 'conditions',
    notes: ['No large models that compete with Bedrock; the terms of the maker of the model come on top.'],
    source: 'conductatlas',
  },
  {
    ...SERVICE,
    id: 'mistral-api',
    name: 'Mistral commercial terms',
    outputsMayTrain: 'conditions',
    notes: ['No reverse engineering, also not by way of outputs.'],
    source: 'conductatlas',
  },
  {
    ...SERVICE,
    id: 'xai-api',
    name: 'xAI enterprise terms',
    outputsMayTrain: 'no',
    notes: [COMPETING],
    source: 'conductatlas; HN 47144431',
  },
  {
    ...SERVICE,
    id: 'ai21-api',
    name: 'AI21 terms',
    outputsMayTrain: 'no',
    notes: [COMPETING],
    source: 'conductatlas; HN 47144431',
  },
]
