import tls from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { HUB_TOKEN, startHub, type Hub } from '../../../test/hub/hub.ts'
import { startProxy, type Proxy } from '../../../test/hub/proxy.ts'
import { starterRepository } from '../../../test/hub/repository.ts'
import { selfSigned } from '../../../test/hub/self-signed.ts'
import type { RemoteOptions } from '../remote-types.ts'
import { openRemote, type RemoteHttp } from './remote-http.ts'

const starter = starterRepository()
const FILE = '/musivum/starter-gguf/resolve/main/starter-s1-q8_0.gguf'
const ONE_BYTE = { headers: { range: 'bytes=0-0' } }
const opened: { readonly close: () => Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})

async function hubOf(...args: Parameters<typeof startHub>): Promise<Hub> {
  const hub = await startHub(...args)
  opened.push(hub)
  return hub
}

async function proxyOf(...args: Parameters<typeof startProxy>): Promise<Proxy> {
  const proxy = await startProxy(...args)
  opened.push(proxy)
  return proxy
}

function remote(options: Partial<RemoteOptions>, home?: string): RemoteHttp {
  const http = openRemote(
    { signal: new AbortController().signal, offline: false, env: {}, log: () => {}, ...options },
    home,
  )
  opened.push(http)
  return http
}

async function statusOf(http: RemoteHttp, url: string): Promise<number> {
  const reply = await http.get(url, ONE_BYTE)
  await reply.body.dump()
  return reply.status
}

describe('the token', () => {
  test.each([
    ['an option', { token: HUB_TOKEN }],
    ['the environment', { env: { HF_TOKEN: HUB_TOKEN } }],
  ])('from %s reaches the hub and not the store it sends to', async (_, given) => {
    const hub = await hubOf([{ ...starter, gated: 'auto' }])
    expect(await statusOf(remote({ endpoint: hub.url, ...given }), hub.url + FILE)).toBe(206)
    expect(hub.requests.map(({ at, headers }) => [at, headers.authorization])).toEqual([
      ['hub', `Bearer ${HUB_TOKEN}`],
      ['store', undefined],
    ])
  })

  test('in HF_TOKEN never goes to another address; one that was named for it does', async () => {
    const elsewhere = await hubOf([starter])
    const url = elsewhere.url + FILE
    await statusOf(remote({ env: { HF_TOKEN: HUB_TOKEN } }, url), url)
    await statusOf(remote({ token: HUB_TOKEN, env: { HF_TOKEN: HUB_TOKEN } }, url), url)
    await statusOf(remote({ token: HUB_TOKEN }, url), url)
    const sent = elsewhere.requests
      .filter(({ at }) => at === 'hub')
      .map(({ headers }) => headers.authorization)
    expect(sent).toEqual([undefined, undefined, `Bearer ${HUB_TOKEN}`])
  })
})

describe('redirects', () => {
  test.each([
    ['http://192.0.2.1/x', 'redirects to http://192.0.2.1, which is not safe'],
    ['https://name:secret-of-mine@192.0.2.1/x', 'redirects to an address with a password'],
    ['ftp://192.0.2.1/x', 'redirects to ftp://192.0.2.1, which is not safe'],
    ['http://[', 'redirects to something that is no address'],
    [FILE, 'redirects more than 5 times'],
  ])('to %s end there', async (to, words) => {
    const hub = await hubOf([starter])
    hub.troubles.redirectsTo = to
    const thrown = await remote({ endpoint: hub.url })
      .get(hub.url + FILE)
      .catch(String)
    expect(thrown).toContain(words)
    expect(thrown).not.toContain('secret-of-mine')
  })

  test('of the API stay on its host', async () => {
    const [hub, other] = [await hubOf([starter]), await hubOf([starter])]
    hub.troubles.redirectsTo = other.url + FILE
    const http = remote({ endpoint: hub.url })
    await expect(http.get(hub.url + FILE, { sameOrigin: true })).rejects.toThrow(
      'redirects its API to another host',
    )
    expect(other.requests).toEqual([])
  })
})

describe('a proxy', () => {
  test('carries TLS through a tunnel, to the hub and to its store, and the token only to the hub', async () => {
    const pair = selfSigned(['hub.test', 'store.test'])
    const hub = await hubOf([{ ...starter, gated: 'auto' }], {
      ...pair,
      hubName: 'hub.test',
      storeName: 'store.test',
    })
    const ports = new Map([
      ['hub.test:443', hub.hubPort],
      ['store.test:443', hub.storePort],
    ])
    const proxy = await proxyOf(ports, 'name:pass')
    const env = { https_proxy: proxy.url.replace('//', '//name:pass@'), HF_TOKEN: HUB_TOKEN }
    const http = () => remote({ endpoint: 'https://hub.test', env })
    await expect(http().get(`https://hub.test${FILE}`)).rejects.toThrow(
      /certificate that is not trusted here/,
    )
    const before = tls.getCACertificates('default')
    tls.setDefaultCACertificates([...before, pair.cert])
    try {
      expect(await statusOf(http(), `https://hub.test${FILE}`)).toBe(206)
    } finally {
      tls.setDefaultCACertificates(before)
    }
    expect(new Set(proxy.seen)).toEqual(new Set(['CONNECT hub.test:443', 'CONNECT store.test:443']))
    expect(hub.requests.map(({ at, headers }) => [at, headers.authorization])).toEqual([
      ['hub', `Bearer ${HUB_TOKEN}`],
      ['store', undefined],
    ])
  })

  test('carries what is plain, unless NO_PROXY names the host', async () => {
    const hub = await hubOf([starter])
    const proxy = await proxyOf(new Map())
    expect(await statusOf(remote({ env: { HTTP_PROXY: proxy.url } }), hub.url + FILE)).toBe(206)
    expect(proxy.seen).toEqual([`GET ${hub.url}`, `GET ${hub.storeUrl}`])
    await statusOf(remote({ env: { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' } }), hub.url + FILE)
    expect(proxy.seen).toHaveLength(2)
  })

  test('that wants a password, or knows no way, is named as what is in the way', async () => {
    const proxy = await proxyOf(new Map(), 'name:pass')
    const url = 'https://hub.test/x'
    await expect(remote({ env: { HTTPS_PROXY: proxy.url } }).get(url)).rejects.toThrow(
      /the proxy wants a name and a password \(407\)/,
    )
    const lost = remote({ env: { HTTPS_PROXY: proxy.url.replace('//', '//name:pass@') } })
    await expect(lost.get(url)).rejects.toThrow(/the proxy answered 502; look at HTTPS_PROXY/)
  })

  test('that is no address is said without repeating it', () => {
    const env = { HTTPS_PROXY: 'http://name:hunter2@[' }
    expect(() => remote({ env })).toThrow(/^HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is no address of a proxy/)
    expect(() => remote({ env })).not.toThrow('hunter2')
  })
})

test.each([
  ['http://mirror.example', /HF_ENDPOINT: expected https:\/\/HOST of a hub/],
  ['mirror.example', /HF_ENDPOINT: expected https/],
  ['https://name:hunter2@mirror.example', /HF_ENDPOINT: holds a password; leave it out/],
])('HF_ENDPOINT %s is refused', (endpoint, words) => {
  expect(() => remote({ env: { HF_ENDPOINT: endpoint } })).toThrow(words)
})

test('a mirror may lie under a path, and its slash at the end means nothing', () => {
  expect(remote({ env: { HF_ENDPOINT: 'https://mirror.example/hf/' } }).endpoint).toBe(
    'https://mirror.example/hf',
  )
  expect(remote({ env: { HF_ENDPOINT: '' } }).endpoint).toBe('https://huggingface.co')
})

test('a token that would forge a header is refused without being repeated', () => {
  const env = { HF_TOKEN: 'hf_abc\nx-admin: yes' }
  expect(() => remote({ env })).toThrow(/^the token \(HF_TOKEN, .*holds characters that no token has$/)
})
