import type { LlamaBinding, Model } from '../catalog/model.ts'
import { invalid, MusivumError } from '../core/errors.ts'
import { nearestNames } from '../core/nearest.ts'
import { detectWatermark, type Detection } from '../engines/llama/watermark/detect-watermark.ts'
import { watermarkKeyId } from '../engines/llama/watermark/key-id.ts'
import { readText } from '../evaluation/read/read-document.ts'
import { systemClock } from '../gateway/system-ports.ts'
import { onlyOperand } from './account-options.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { ensureEngine } from './ensure-engine.ts'
import { configOption, gatewaySettings, homeOption, type GatewaySettings } from './gateway-settings.ts'
import { keptPurposeKeys } from './kept-scope-key.ts'
import { textOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const watermarkDetect: Command = {
  name: 'watermark detect',
  summary: 'Say whether a text carries the mark that the embedded engine writes here.',
  operand: 'FILE|-',
  options: [
    {
      name: 'model',
      value: 'NAME',
      about: 'The model that may have written it: its own tokens are counted.',
    },
    configOption,
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum watermark detect letter.txt --model starter-l', about: 'marked is z > 4' },
    { line: 'musivum watermark detect - --model qwen --json < letter.txt', about: 'as one document' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const file = onlyOperand(watermarkDetect, args)
  const settings = gatewaySettings(args, terminal)
  const model = await modelOf(args, settings)
  const text = file === '-' ? await terminal.input.read() : await readText(file, terminal.cwd)
  const key = keptPurposeKeys(settings)('watermark')
  await ensureEngine({ home: settings.home, install: true }, terminal)
  const { tokeniseTexts } = await import('../engines/llama/watermark/tokenise-text.ts')
  const [tokens = []] = await tokeniseTexts(model, settings, [text.trim()])
  const detection = detectWatermark(key, tokens)
  writeReport(args, terminal, {
    json: () => documentOf(detection, watermarkKeyId(key), model.name),
    text: () => sentences(detection, watermarkKeyId(key), model.name),
  })
  return EXIT.ok
}

type Embedded = Model & { readonly binding: LlamaBinding }

async function modelOf(args: Arguments, settings: GatewaySettings): Promise<Embedded> {
  const name = textOption(args, 'model')
  if (name === undefined) throw invalid('watermark detect needs --model NAME: whose tokens are to be counted')
  const [{ loadConfig }, { packageRoot }] = await Promise.all([
    import('../gateway/config/load-config.ts'),
    import('../gateway/package-files.ts'),
  ])
  const { configFile, ...others } = settings
  const { models } = loadConfig({
    ...others,
    ...(configFile !== undefined && { file: configFile }),
    packageRoot,
    clock: systemClock,
  })
  const model = models.find((each) => each.name === name)
  if (model === undefined) throw unknownModel(models, name)
  const { binding } = model
  if (binding.engine === 'llama') return { ...model, binding }
  throw invalid(`${name} is not one of the embedded engine, and only that writes watermarks`)
}

function unknownModel(models: readonly Model[], name: string): MusivumError {
  const nearest = nearestNames(
    name,
    models.map((each) => each.name),
  )
  const hint =
    nearest.length > 0 ? `did you mean ${nearest.join(' or ')}?` : '`musivum models list` lists the names'
  return new MusivumError('model.not_found', `no model is called "${name.slice(0, 80)}"; ${hint}`)
}

function documentOf({ tokens, green, z, pValue, watermarked }: Detection, key: string, model: string) {
  return { tokens, green, z, p_value: pValue, watermarked, model, key }
}

// Half of the tokens green, which is common, gives z = 4 from here on: 16 γ (1 − γ) / (0.5 − γ)².
const FEW_TOKENS = 48

function sentences(detection: Detection, key: string, model: string): string {
  const { tokens, green, z, pValue, watermarked } = detection
  const verdict = watermarked ? `marked with ${key}` : `no mark of ${key} found`
  const few = tokens < FEW_TOKENS && !watermarked ? ' A text as short as this can hardly show one.' : ''
  return `${verdict}: ${green} of ${tokens} tokens of ${model} are green, z = ${z.toFixed(2)}, p = ${pValue.toExponential(1)}.${few}`
}
