import { africaAmericas } from './entities/africa-americas.ts'
import { asiaPacific } from './entities/asia-pacific.ts'
import { bank } from './entities/bank.ts'
import { creditCard } from './entities/card.ts'
import { cryptoAddress } from './entities/crypto.ts'
import { dates } from './entities/dates.ts'
import { europe } from './entities/europe.ts'
import { germany } from './entities/germany.ts'
import { gulf } from './entities/gulf.ts'
import { health } from './entities/health.ts'
import { india } from './entities/india.ts'
import { internet } from './entities/internet.ts'
import { network } from './entities/network.ts'
import { phones } from './entities/phone.ts'
import { secrets } from './entities/secrets.ts'
import { streetAddress } from './entities/street-address.ts'
import { unitedKingdom } from './entities/united-kingdom.ts'
import { unitedStates } from './entities/united-states.ts'
import { vehicle } from './entities/vehicle.ts'
import type { Recogniser } from './recogniser.ts'

/** Every entity that is looked for. Where nothing else decides between two, the earlier one wins. */
export const recognisers: readonly Recogniser[] = [
  ...secrets,
  creditCard,
  ...bank.slice(0, 1),
  ...internet,
  ...network,
  ...cryptoAddress,
  ...india,
  ...gulf,
  ...unitedStates,
  ...unitedKingdom,
  ...health,
  ...germany,
  ...europe,
  ...asiaPacific,
  ...africaAmericas,
  ...vehicle,
  streetAddress,
  ...dates,
  ...phones,
  ...bank.slice(1),
]

export const recogniserOf: ReadonlyMap<string, Recogniser> = new Map(
  recognisers.map((recogniser) => [recogniser.entity, recogniser]),
)
