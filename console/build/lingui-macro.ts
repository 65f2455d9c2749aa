import { transformAsync } from '@babel/core'
import type { Plugin } from 'vite'

/**
 * Turns Lingui's macros into message ids. The plugin of Lingui can do this by itself, but only through a native
 * library that npm skips on machines whose own Node is older than ours; Babel is there already, for the extraction.
 */
export function linguiMacro(): Plugin {
  return {
    name: 'musivum:lingui-macro',
    enforce: 'pre',
    transform: {
      filter: { id: /\/console\/src\/.*\.tsx?$/, code: /from '@lingui\/(?:core|react)\/macro'/ },
      async handler(code, id) {
        const result = await transformAsync(code, {
          filename: id,
          babelrc: false,
          configFile: false,
          sourceMaps: true,
          parserOpts: { plugins: ['typescript', 'jsx'] },
          plugins: [['@lingui/babel-plugin-lingui-macro', { descriptorFields: 'id-only' }]],
        })
        if (result?.code === undefined || result.code === null) throw new Error(`no code came out of ${id}`)
        return { code: result.code, map: null }
      },
    },
  }
}
