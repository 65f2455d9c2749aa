import { useLingui } from '@lingui/react/macro'
import { MoonIcon, SunIcon, SystemIcon } from '../parts/icons.tsx'
import { THEMES, useTheme } from './theme.ts'

const ICON = { system: SystemIcon, light: SunIcon, dark: MoonIcon }

export function ThemeSwitch() {
  const { t } = useLingui()
  const [theme, setTheme] = useTheme()
  const names = { system: t`Same as the system`, light: t`Light`, dark: t`Dark` }
  return (
    <fieldset className="flex rounded-md border border-line bg-raised p-0.5">
      <legend className="sr-only">{t`Theme`}</legend>
      {THEMES.map((choice) => {
        const Icon = ICON[choice]
        return (
          <label
            key={choice}
            title={names[choice]}
            className="relative flex size-7 cursor-pointer items-center justify-center rounded-sm text-faint hover:text-ink has-checked:bg-surface has-checked:text-ink has-checked:shadow-[0_0_0_1px_var(--color-edge)] has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-lapis"
          >
            <input
              type="radio"
              name="theme"
              value={choice}
              checked={theme === choice}
              onChange={() => setTheme(choice)}
              className="absolute inset-0 cursor-pointer appearance-none outline-none"
            />
            <Icon />
            <span className="sr-only">{names[choice]}</span>
          </label>
        )
      })}
    </fieldset>
  )
}
