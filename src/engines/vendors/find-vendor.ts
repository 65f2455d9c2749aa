import type { OpenAiBinding } from '../../catalog/model.ts'
import { vendors } from './_registry.ts'
import type { OpenAiVendor } from './vendor.ts'

/** The table of the server: by the name in the configuration, else by its address where nobody else can have that. */
export function vendorOf({
  vendor,
  baseUrl,
}: Pick<OpenAiBinding, 'vendor' | 'baseUrl'>): OpenAiVendor | undefined {
  return vendor === undefined ? vendorAt(baseUrl) : findVendor(vendor)
}

export function findVendor(name: string): OpenAiVendor | undefined {
  return vendors.find((vendor) => vendor.name === name)
}

/** A port of this machine may be anybody's, so only addresses with a certificate say whose they are. */
function vendorAt(baseUrl: string): OpenAiVendor | undefined {
  const { protocol, host } = URL.parse(baseUrl) ?? {}
  if (protocol !== 'https:') return undefined
  return vendors.find((vendor) => vendor.baseUrl !== undefined && new URL(vendor.baseUrl).host === host)
}
