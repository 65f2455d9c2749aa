import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { EventQueue, type EventSource } from './event-queue.ts'

const PACKET_BYTES = 64 * 1024

describe('events on their way to a reader', () => {
  test('come in order, those that wait and those that are waited for', async () => {
    const { queue, done } = opened()
    say(queue, 'one')
    say(queue, 'two')
    const read = all(queue)
    expect(done).toEqual(['start'])
    say(queue, 'three')
    await Promise.resolve()
    say(queue, 'four')
    queue.end()
    expect(await read).toEqual(['one', 'two', 'three', 'four'])
    expect(await queue.next()).toEqual({ done: true, value: undefined })
  })

  test('are not asked for before the first is wanted, and never again after a reader left', async () => {
    const { queue, done } = opened()
    await queue.return()
    expect(await queue.next()).toEqual({ done: true, value: undefined })
    expect(done).toEqual([])
  })

  test('pause their source when two packets wait, and let it go on when the last of them is read', async () => {
    const { queue, done } = opened()
    say(queue, 'one')
    await queue.next()
    for (const text of ['two', 'three', 'four']) say(queue, text, PACKET_BYTES)
    expect(done).toEqual(['start', 'pause'])
    await queue.next()
    await queue.next()
    expect(done).toEqual(['start', 'pause'])
    await queue.next()
    expect(done).toEqual(['start', 'pause', 'resume'])
  })

  test('that came before a failure are passed on before it', async () => {
    const { queue } = opened()
    say(queue, 'one')
    queue.fail(new MusivumError('upstream.cut', 'the server left'))
    expect(await queue.next()).toMatchObject({ value: { text: 'one' } })
    await expect(queue.next()).rejects.toMatchObject({ code: 'upstream.cut' })
    expect(await queue.next()).toEqual({ done: true, value: undefined })
  })

  test('are forgotten when the client has left', async () => {
    const { queue } = opened()
    say(queue, 'one')
    queue.fail(new MusivumError('request.cancelled', 'the client left'))
    await expect(queue.next()).rejects.toMatchObject({ code: 'request.cancelled' })
  })

  test('end with their source when a reader stops early, and wake one that waits', async () => {
    const { queue, done } = opened()
    say(queue, 'one')
    for await (const event of queue) {
      expect(event).toMatchObject({ text: 'one' })
      break
    }
    expect(done).toEqual(['start', 'cancel'])
  })

  test('reject with what their source throws at its start', async () => {
    const queue = new EventQueue({
      ...source([]),
      start() {
        throw new MusivumError('request.unsupported', 'it cannot')
      },
    })
    await expect(queue.next()).rejects.toMatchObject({ code: 'request.unsupported' })
    expect(await queue.next()).toEqual({ done: true, value: undefined })
  })
})

function opened() {
  const done: string[] = []
  return { queue: new EventQueue(source(done)), done }
}

function source(done: string[]): EventSource {
  const note = (what: string) => () => void done.push(what)
  return {
    start: note('start'),
    pause: note('pause'),
    resume: note('resume'),
    check: () => {},
    cancel: note('cancel'),
  }
}

/** A text in a packet of its own. */
function say(queue: EventQueue, text: string, bytes = 100): void {
  queue.push({ kind: 'text-delta', choice: 0, text })
  queue.arrived(bytes)
}

async function all(queue: EventQueue): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const event of queue) texts.push(textOf(event))
  return texts
}

function textOf(event: AnswerEvent): string {
  return event.kind === 'text-delta' ? event.text : event.kind
}
