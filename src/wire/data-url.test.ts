import { describe, expect, test } from 'vitest'
import { MusivumError } from '../core/errors.ts'
import { checkImageUrl, checkMedia, checkMediaUrl, MAX_MEDIA_BYTES, parseDataUrl } from './data-url.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const JPEG = '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP=='

function refusalOf(url: string): MusivumError {
  try {
    checkMediaUrl(url, 'at')
  } catch (error) {
    if (error instanceof MusivumError) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('taken are', () => {
  test.each([
    `data:image/png;base64,${PNG}`,
    `DATA:IMAGE/PNG;base64,${PNG}`,
    'data:image/png;base64,iVBORw0KGgo=',
    'data:application/pdf;base64,JVBERi0=',
    'data:image/png;name=a;base64,iVBORw0KGgo',
    'data:text/plain;base64,aGk=',
    'data:constructor;base64,aGk=',
    'https://example.com/a.png',
    'https://8.8.8.8/a.png',
    'https://100.63.0.1/a.png',
    'gs://bucket/a.png',
    'not a url',
  ])('%s', (url) => {
    expect(() => checkMediaUrl(url, 'at')).not.toThrow()
  })
})

describe('refused are', () => {
  test.each([
    ['data:image/png,abc', 'at: expected a data URL of the form data:TYPE;base64,DATA, got another one'],
    ['data:;base64,aGk=', 'at: expected a data URL of the form data:TYPE;base64,DATA, got another one'],
    ['data:image/png;base64,', 'at: expected base64 data, got nothing'],
    ['data:image/png;base64,iVBORw0K Ggo=', 'at: expected base64, got other characters'],
    ['data:image/png;base64,iVBOR', 'at: expected base64, got other characters'],
    ['data:image/png;base64,iVBOR=', 'at: expected base64, got other characters'],
    [`data:image/png;base64,${JPEG}`, 'at: expected data of type image/png, as it says, got image/jpeg'],
    [
      'data:image/webp;base64,aGk=',
      'at: expected data of type image/webp, as it says, got data of another type',
    ],
  ])('%s', (url, message) => {
    const error = refusalOf(url)
    expect([error.code, error.message]).toEqual(['request.invalid', message])
    expect(error.facts['param']).toBe('at')
  })

  test.each([
    'file:///etc/passwd',
    'http://127.0.0.1/a.png',
    'http://0x7f.1/a.png',
    'http://2130706433/a.png',
    'http://169.254.169.254/latest/meta-data',
    'http://10.1.2.3/a.png',
    'http://172.20.0.1/a.png',
    'http://192.168.1.1/a.png',
    'http://100.64.0.1/a.png',
    'http://localhost:9000/a.png',
    'http://metadata.google.internal/a.png',
    'http://[::1]/a.png',
    'http://[::ffff:127.0.0.1]/a.png',
    'http://[fd00::1]/a.png',
    'http://[fe80::1]/a.png',
  ])('addresses that only a server could reach: %s', (url) => {
    expect(refusalOf(url).code).toBe('request.invalid')
    expect(refusalOf(url).message).not.toContain('/a.png')
  })

  test('more bytes than a request may hold', () => {
    const tooMany = 'A'.repeat(Math.ceil(((MAX_MEDIA_BYTES + 3) * 4) / 3))
    const error = refusalOf(`data:image/png;base64,${tooMany}`)
    expect([error.code, error.status]).toEqual(['request.too_large', 413])
  })
})

test('a picture is not any data that begins as it says', () => {
  expect(() => checkImageUrl(`data:image/png;base64,${PNG}`, 'at')).not.toThrow()
  expect(() => checkImageUrl('https://example.com/a', 'at')).not.toThrow()
  for (const type of ['text/html', 'application/pdf', 'imagex/png'])
    expect(() => checkImageUrl(`data:${type};base64,JVBERi0=`, 'at')).toThrow('no image')
})

test('base64 that stands alone is checked by the type that stands beside it', () => {
  expect(() => checkMedia({ mediaType: 'image/png', base64: PNG }, 'at')).not.toThrow()
  expect(() => checkMedia({ mediaType: 'image/gif', base64: PNG }, 'at')).toThrow('got image/png')
  expect(() => checkMedia({ mediaType: '', base64: 'UklGRg==' }, 'at')).not.toThrow()
})

test('a data URL comes apart into its type and its data', () => {
  expect(parseDataUrl('data:Image/PNG;x=y;base64,AAAA')).toEqual({ mediaType: 'image/png', base64: 'AAAA' })
  expect(parseDataUrl('https://example.com')).toBeUndefined()
  expect(parseDataUrl('data:image/png,AAAA')).toBeUndefined()
})
