import type { Model } from '../catalog/model.ts'
import { rulePolicy, type RulePolicy } from '../policy/rule-policy.ts'
import type { Arguments } from './command.ts'
import { gatewaySettings } from './gateway-settings.ts'
import { textOption } from './parse-arguments.ts'
import { openPolicy } from './policy-options.ts'
import type { Terminal } from './terminal.ts'

/** The models of the configuration and the policy that a request would meet. */
export type PolicyWorld = { readonly models: readonly Model[]; readonly policy: RulePolicy }

/** As the gateway would start with them; `--policy` takes the place of the policy that the configuration names. */
export async function openPolicyWorld(args: Arguments, terminal: Terminal): Promise<PolicyWorld> {
  const configured = await openConfiguredWorld(args, terminal)
  const named = textOption(args, 'policy')
  return named === undefined ? configured : { ...configured, policy: openPolicy(named, terminal).policy }
}

/** As the gateway would start with them. */
export async function openConfiguredWorld(args: Arguments, terminal: Terminal): Promise<PolicyWorld> {
  const { configFile, ...settings } = gatewaySettings(args, terminal)
  const [{ loadConfig }, { packageRoot }, { systemClock }] = await Promise.all([
    import('../gateway/config/load-config.ts'),
    import('../gateway/package-files.ts'),
    import('../gateway/system-ports.ts'),
  ])
  const file = configFile === undefined ? {} : { file: configFile }
  const config = loadConfig({ ...file, ...settings, packageRoot, clock: systemClock })
  return { models: config.models, policy: config.policy.kind === 'rules' ? config.policy : NO_RULES }
}

/** No `policy` in the configuration is the preset `open`. */
const NO_RULES = rulePolicy({ name: 'open', rules: [], organisation: {}, probes: [], fulfils: new Set() })
