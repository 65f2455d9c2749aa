/**
 * Who publishes which family, by the owner of the repository on the hub. Names of repositories, not proof: a name says who
 * published the file, and its hash that ours is the same.
 */
export type Maker = {
  /** As the hub writes it; earlier names of the same organisation beside it. */
  readonly owners: readonly string[]
  readonly families: readonly {
    /** Of the repository, without its owner. The first that fits counts. */
    readonly repo: RegExp
    /** A name in src/catalog/licences/families.ts. */
    readonly family: string
    /** Where it differs from that of the family. */
    readonly licence?: string
  }[]
}

export const makers: readonly Maker[] = [
  {
    owners: ['meta-llama'],
    families: [
      { repo: /^Llama-2-/i, family: 'Llama 2' },
      { repo: /^Meta-Llama-3-/i, family: 'Llama 3' },
      { repo: /^(?:Meta-)?Llama-3\.1-/i, family: 'Llama 3.1' },
      { repo: /^Llama-3\.2-/i, family: 'Llama 3.2' },
      { repo: /^Llama-3\.3-/i, family: 'Llama 3.3' },
      { repo: /^Llama-4-/i, family: 'Llama 4' },
    ],
  },
  { owners: ['openai'], families: [{ repo: /^gpt-oss-/i, family: 'gpt-oss' }] },
  {
    owners: ['google'],
    families: [
      { repo: /^gemma-4-/i, family: 'Gemma 4' },
      { repo: /^gemma-/i, family: 'Gemma 1, 2, 3' },
    ],
  },
  {
    owners: ['Qwen'],
    families: [
      { repo: /^Qwen3/i, family: 'Qwen3' },
      { repo: /^Qwen2\.5-3B/i, family: 'Qwen2.5', licence: 'qwen-research' },
      { repo: /^Qwen2\.5-72B/i, family: 'Qwen2.5', licence: 'qwen' },
      { repo: /^Qwen2\.5/i, family: 'Qwen2.5' },
      { repo: /^Qwen-/i, family: 'Qwen (1)' },
    ],
  },
  {
    owners: ['deepseek-ai'],
    families: [
      { repo: /^DeepSeek-R1-Distill-Qwen/i, family: 'DeepSeek R1 Distill Qwen' },
      { repo: /^DeepSeek-R1-Distill-Llama-70B/i, family: 'DeepSeek R1 Distill Llama', licence: 'llama-3.3' },
      { repo: /^DeepSeek-R1-Distill-Llama/i, family: 'DeepSeek R1 Distill Llama' },
      { repo: /^DeepSeek-V3(?:-Base)?$/i, family: 'DeepSeek V3 (2024)' },
      { repo: /^DeepSeek-(?:R1|V3)/i, family: 'DeepSeek R1 and later' },
    ],
  },
  {
    owners: ['mistralai'],
    families: [
      { repo: /^(?:Mistral-Large|Codestral)/i, family: 'Mistral Large 2, Codestral' },
      { repo: /^(?:Devstral-2|Mistral-Medium-3\.5)/i, family: 'Devstral 2, Mistral Medium 3.5' },
      { repo: /^(?:Mistral-(?:7B|Small|Nemo)|Mixtral)/i, family: 'Mistral 7B, Mixtral, Small, Nemo' },
    ],
  },
  {
    owners: ['CohereLabs', 'CohereForAI'],
    families: [{ repo: /^(?:aya-|c4ai-command-r|c4ai-aya)/i, family: 'Aya, Command R' }],
  },
  { owners: ['moonshotai'], families: [{ repo: /^Kimi-K2/i, family: 'Kimi K2' }] },
  { owners: ['MiniMaxAI'], families: [{ repo: /^MiniMax-M2\.5/i, family: 'MiniMax M2.5' }] },
  { owners: ['microsoft'], families: [{ repo: /^Phi-(?:3|4)/i, family: 'Phi 3, 3.5, 4' }] },
]
