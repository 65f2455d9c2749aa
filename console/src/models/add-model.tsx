import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { stateQuery } from '../api/queries.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { DisclosureIcon } from '../parts/icons.tsx'
import { Ltr } from '../parts/ltr.tsx'

const EXAMPLE = `models:
  # any server that speaks OpenAI's protocol; the key stays in the environment
  my-server:  { engine: openai, base_url: http://127.0.0.1:8000/v1, model: upstream-name, key: env:MY_KEY }
  # weights of your own, run by Musivum in a process of their own
  my-weights: { engine: llama, weights: models/my-weights.gguf }
`

/** Open at once when there is no model to look at. */
export function AddModel({ open }: { readonly open: boolean }) {
  const { t } = useLingui()
  const { data: state } = useQuery(stateQuery)
  const file = state?.config.file ?? 'musivum.yaml'
  return (
    <details className="panel group mt-5" open={open}>
      <summary className="flex min-h-11 list-none items-center gap-2 px-4 font-medium">
        <DisclosureIcon />
        <Trans>Add a model</Trans>
      </summary>
      <div className="border-t border-line px-4 py-3">
        <p className="mb-3 text-soft">
          <Trans>
            Write it into <Ltr className="font-mono text-xs">{file}</Ltr> and save: the gateway reads the file
            again by itself, and keeps the last good one if something in it is wrong.
          </Trans>
        </p>
        <CodeBlock code={EXAMPLE} label={t`Copy the example`} />
      </div>
    </details>
  )
}
