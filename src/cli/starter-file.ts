import { starterModels } from '../gateway/config/starter-models.ts'
import { packageRoot } from '../gateway/package-files.ts'

/** The file of a model that ships with us, by the name it is asked under: of an adapted one the adapter. */
export function starterFile(name: string): string | undefined {
  const binding = starterModels(packageRoot).find((model) => model.name === name)?.binding
  return binding?.engine === 'llama' ? (binding.adapter ?? binding.weights) : undefined
}
