import { inspect } from './formats/inspect.ts'
import { lmEval } from './formats/lm-eval.ts'
import { mirage } from './formats/mirage.ts'
import { musivum } from './formats/musivum.ts'
import { openAiEvals } from './formats/openai-evals.ts'
import { promptfoo } from './formats/promptfoo.ts'
import { ragas } from './formats/ragas.ts'
import type { Importer } from './importer.ts'

/** Every format that can be imported. A new one is a file in `formats/` and a line here. */
export const importers: readonly Importer[] = [
  musivum,
  promptfoo,
  openAiEvals,
  inspect,
  lmEval,
  ragas,
  mirage,
]
