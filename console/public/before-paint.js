// Runs before the first paint, so that a dark room never sees a white flash and Arabic never jumps from left to right.
// Its keys and values are those of src/shell/theme.ts and src/i18n/locale.ts.
;(() => {
  const root = document.documentElement
  let theme = null
  let locale = null
  try {
    theme = localStorage.getItem('musivum.theme')
    locale = localStorage.getItem('musivum.locale')
  } catch (error) {
    // Storage is refused in some private windows: the system's theme and the browser's language do then.
    console.debug('no storage', error)
  }
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme
  if (locale === null) locale = (navigator.language || 'en').split('-')[0]
  if (['en', 'hi', 'mr', 'ar'].includes(locale)) {
    root.lang = locale
    root.dir = locale === 'ar' ? 'rtl' : 'ltr'
  }
})()
