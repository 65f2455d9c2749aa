import { expect, test } from 'vitest'
import { renderModel, renderModelList } from './openai-models.ts'

test('models are listed as OpenAI lists them, with what we know beside', () => {
  const plain = { id: 'm', created: 5, ownedBy: 'local' }
  const known = { id: 'n', created: 6, ownedBy: 'vendor', musivum: { engine: 'openai' } }
  expect(renderModelList([plain, known])).toEqual({
    object: 'list',
    data: [
      { id: 'm', object: 'model', created: 5, owned_by: 'local' },
      { id: 'n', object: 'model', created: 6, owned_by: 'vendor', musivum: { engine: 'openai' } },
    ],
  })
  expect(renderModel(plain)).toEqual({ id: 'm', object: 'model', created: 5, owned_by: 'local' })
})
