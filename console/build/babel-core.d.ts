/** The one function used here; the package ships no types of its own. */
declare module '@babel/core' {
  export function transformAsync(
    code: string,
    options: {
      readonly filename: string
      readonly babelrc: false
      readonly configFile: false
      readonly sourceMaps: true
      readonly retainLines?: boolean
      readonly parserOpts: { readonly plugins: readonly string[] }
      readonly plugins: readonly (readonly [string, object])[]
    },
  ): Promise<{ readonly code?: string | null; readonly map?: object | null } | null>
}
