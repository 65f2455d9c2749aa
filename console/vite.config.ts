import { lingui } from '@lingui/vite-plugin'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { linguiMacro } from './build/lingui-macro.ts'
import { precompress } from './build/precompress.ts'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [linguiMacro(), react(), tailwindcss(), lingui({ cwd: import.meta.dirname }), precompress()],
  build: {
    // `light-dark()` and nesting stay as written: older targets would turn one theme line into six.
    target: ['chrome125', 'firefox130', 'safari18'],
    manifest: true,
    // A `data:` URL would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4000', '/v1': 'http://127.0.0.1:4000' } },
})
