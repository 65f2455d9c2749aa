import { i18n, type Messages } from '@lingui/core'
import { readStored, writeStored } from '../shell/stored.ts'

export const LOCALES = [
  { code: 'en', name: 'English' },
  { code: 'hi', name: 'हिन्दी' },
  { code: 'mr', name: 'मराठी' },
  { code: 'ar', name: 'العربية' },
] as const

export type Locale = (typeof LOCALES)[number]['code']

// The same key as in public/before-paint.js.
const STORED = 'musivum.locale'

const catalogs: Record<Locale, () => Promise<{ messages: Messages }>> = {
  en: () => import('../locales/en.po'),
  hi: () => import('../locales/hi.po'),
  mr: () => import('../locales/mr.po'),
  ar: () => import('../locales/ar.po'),
}

export function preferredLocale(): Locale {
  const stored = readStored(STORED)
  const wanted = [stored, ...navigator.languages].map((tag) => tag?.split('-')[0])
  return wanted.find(isLocale) ?? 'en'
}

export function isLocale(tag: string | null | undefined): tag is Locale {
  return LOCALES.some((locale) => locale.code === tag)
}

/** Loads the catalog, then switches text, direction and numbers in one go. */
export async function activateLocale(locale: Locale): Promise<void> {
  const { messages } = await catalogs[locale]()
  i18n.loadAndActivate({ locale, messages })
  document.documentElement.lang = locale
  document.documentElement.dir = locale === 'ar' ? 'rtl' : 'ltr'
}

export function rememberLocale(locale: Locale): void {
  writeStored(STORED, locale)
}
