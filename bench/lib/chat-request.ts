// Together with the fields around it 1 KB, the size the reference measurements use.
const QUESTION = 'Please summarise the following note for me. '.repeat(20)

/** The body that all ways through a proxy are measured with. */
export function chatRequest({ model, stream }: { readonly model: string; readonly stream: boolean }): string {
  const messages = [
    { role: 'system', content: 'You are a careful assistant.' },
    { role: 'user', content: QUESTION },
  ]
  return JSON.stringify({ model, stream, temperature: 0, messages })
}
