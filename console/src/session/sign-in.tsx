import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { fetchMe } from '../api/admin.ts'
import { ApiError } from '../api/api-error.ts'
import { signIn } from '../api/session.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Failure } from '../parts/failure.tsx'
import { Field } from '../parts/field.tsx'
import { WarningIcon } from '../parts/icons.tsx'
import { usePageTitle } from '../shell/page-title.ts'

// A key has some 60 characters; a book that was pasted by mistake is not sent.
const MAX_KEY_CHARS = 512

/** In place of every screen while the gateway does not know who looks. */
export function SignIn({ refusal }: { readonly refusal: ApiError }) {
  const { t } = useLingui()
  usePageTitle(t`Sign in`)
  return (
    <div className="mx-auto max-w-xl py-6 sm:py-14">
      <h1 className="text-xl font-semibold tracking-tight">
        <Trans>Sign in</Trans>
      </h1>
      <p className="mt-1 text-soft">
        <Trans>
          This gateway asks for a key. An admin’s key shows and changes everything, an auditor’s shows
          everything.
        </Trans>
      </p>
      {refusal.code !== 'auth.missing' && <WhyAgain message={refusal.message} />}
      <KeyForm />
      <section aria-labelledby="no-key" className="mt-8 border-t border-line pt-5">
        <h2 id="no-key" className="font-semibold">
          <Trans>No key at hand?</Trans>
        </h2>
        <p className="mt-1 mb-3 text-soft">
          <Trans>
            Make one on the machine of the gateway. The command needs no key itself, and shows the new one
            once:
          </Trans>
        </p>
        <CodeBlock code="musivum keys create admin --role admin" label={t`Copy the command`} />
      </section>
    </div>
  )
}

function WhyAgain({ message }: { readonly message: string }) {
  return (
    <p className="mt-4 flex gap-2.5 rounded-lg border border-gold-line bg-gold-wash px-4 py-2.5">
      <WarningIcon className="mt-0.5 size-4 text-gold" />
      <bdi className="min-w-0 break-words">{message}</bdi>
    </p>
  )
}

function KeyForm() {
  const [typed, setTyped] = useState('')
  const attempt = useMutation({
    mutationFn: () => admitted(typed.trim()),
    onSuccess: () => signIn(typed.trim()),
  })
  return (
    <form
      className="panel mt-5 space-y-4 p-4"
      onSubmit={(event) => {
        event.preventDefault()
        attempt.mutate()
      }}
    >
      <Field
        label={<Trans>Key</Trans>}
        hint={<Trans>Kept for this tab only. Closing the tab signs out.</Trans>}
      >
        {(wiring) => (
          <input
            {...wiring}
            type="password"
            dir="ltr"
            required
            autoFocus
            autoComplete="current-password"
            spellCheck={false}
            maxLength={MAX_KEY_CHARS}
            className="control min-h-10 w-full font-mono"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      {attempt.error instanceof MemberKey && (
        <p role="alert" className="text-cinnabar">
          <Trans>This is a member’s key: it may ask models, but not see what others asked.</Trans>
        </p>
      )}
      {attempt.error !== null && !(attempt.error instanceof MemberKey) && (
        <Failure title={<Trans>The key was not accepted</Trans>} error={attempt.error} />
      )}
      <button type="submit" className="button button-primary min-h-10 w-full" disabled={attempt.isPending}>
        {attempt.isPending ? <Trans>Checking the key…</Trans> : <Trans>Sign in</Trans>}
      </button>
    </form>
  )
}

class MemberKey extends Error {}

// A header takes visible ASCII only; anything else would be the browser's TypeError instead of a sentence.
const SENDABLE = /^[\x21-\x7e]+$/

/** Rejects unless the key may see the console. */
async function admitted(key: string): Promise<void> {
  if (!SENDABLE.test(key)) throw new ApiError('This is not a key: keys begin with mv-.', { status: 400 })
  const me = await fetchMe(AbortSignal.timeout(15_000), key)
  if (me.kind === 'key' && me.role === 'member') throw new MemberKey('a member')
}
