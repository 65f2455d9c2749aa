import { useLingui } from '@lingui/react/macro'
import { activateLocale, isLocale, LOCALES, rememberLocale } from '../i18n/locale.ts'

export function LanguageSwitch() {
  const { t, i18n } = useLingui()

  async function choose(code: string): Promise<void> {
    if (!isLocale(code)) return
    await activateLocale(code)
    rememberLocale(code)
  }

  return (
    <select
      aria-label={t`Language`}
      className="control max-w-24"
      value={i18n.locale}
      onChange={(event) => void choose(event.target.value)}
    >
      {LOCALES.map(({ code, name }) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  )
}
