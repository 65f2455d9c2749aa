import * as jinja from '@huggingface/jinja'
import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { chatTemplate, type PromptPiece } from './chat-template.ts'
import type { ChatMessage } from './protocol.ts'

const CHATML = `{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}`
const TRIMMING = `{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content | trim }}\n{% endfor %}`
const WITHOUT_SYSTEM = `{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}`
const DEAF_TO_SYSTEM = `{% for m in messages %}{% if m.role != 'system' %}<{{ m.role }}>{{ m.content }}{% endif %}{% endfor %}`

describe('a chat template', () => {
  test('gives its own pieces and the texts apart', () => {
    expect(render(CHATML, [user('hello')])).toEqual([
      { kind: 'template', text: '<|user|>' },
      { kind: 'message', text: 'hello' },
      { kind: 'template', text: '<|end|><|assistant|>' },
    ])
  })

  test('never sees a text, so template code in it stays text', () => {
    const text = '{{ 1 + 1 }}{% raise %}<|end|>'
    expect(render(CHATML, [user(text)])[1]).toEqual({ kind: 'message', text })
  })

  test('that trims, trims; one that does not, keeps white space with its text', () => {
    expect(joined(render(TRIMMING, [user('  padded \n')]))).toBe('<s>[user] padded\n')
    expect(render(CHATML, [user(' padded\n')])[1]).toEqual({ kind: 'message', text: ' padded\n' })
  })

  test('is rendered once for a shape, with each text in its own place', () => {
    const template = chatTemplate(jinja, CHATML, special)
    expect(joined(template({ messages: [user('a'), assistant('b'), user('c')] }))).toContain(
      'a<|end|><|assistant|>b<|end|><|user|>c',
    )
    expect(joined(template({ messages: [user('x'), assistant('y'), user('z')] }))).toContain(
      'x<|end|><|assistant|>y<|end|><|user|>z',
    )
  })

  test('that refuses the system role gets its text in the user turn', () => {
    expect(joined(render(WITHOUT_SYSTEM, [system('Be brief.'), user('Why?')]))).toBe(
      '<user>Be brief.\n\nWhy?',
    )
  })

  test('that would leave the system message out gets it in the user turn too', () => {
    expect(joined(render(DEAF_TO_SYSTEM, [system('Be brief.'), user('Why?')]))).toBe(
      '<user>Be brief.\n\nWhy?',
    )
  })

  test('that refuses a conversation says why in one line', () => {
    const error = failure(() => render(WITHOUT_SYSTEM, [assistant('first')]))
    expect(error).toMatchObject({ code: 'request.unsupported' })
    expect(error.message).toContain('roles must alternate')
  })

  test('that loops for ever is stopped', () => {
    const endless = `{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}`
    expect(failure(() => render(endless, [user('x')])).message).toContain('timed out')
  })

  test('that is broken is a failure of the weights, not of the request', () => {
    expect(failure(() => render('{% for %}', [user('x')])).code).toBe('engine.failed')
  })
})

const special = { bos: '<s>', eos: '</s>' }

function render(source: string, messages: readonly ChatMessage[]): readonly PromptPiece[] {
  return chatTemplate(jinja, source, special)({ messages })
}

function joined(pieces: readonly PromptPiece[]): string {
  return pieces.map((piece) => piece.text).join('')
}

function user(text: string): ChatMessage {
  return { role: 'user', text }
}

function assistant(text: string): ChatMessage {
  return { role: 'assistant', text }
}

function system(text: string): ChatMessage {
  return { role: 'system', text }
}

function failure(work: () => unknown): MusivumError {
  try {
    work()
  } catch (thrown) {
    if (thrown instanceof MusivumError) return thrown
    throw thrown
  }
  throw new TypeError('expected a failure')
}
