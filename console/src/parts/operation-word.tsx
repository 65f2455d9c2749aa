import { useLingui } from '@lingui/react/macro'
import type { RequestRow } from '../api/admin.ts'

/** What was asked of the model. */
export function OperationWord({ operation }: Pick<RequestRow, 'operation'>) {
  const { t } = useLingui()
  const words = {
    chat: t`chat`,
    embeddings: t`embeddings`,
    rerank: t`reranking`,
    'count-tokens': t`counting tokens`,
  }
  return words[operation]
}
