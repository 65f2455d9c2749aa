import { createServer, type AddressInfo } from 'node:net'

/** Ports that were free a moment ago, for programs that cannot be asked which port they took. */
export async function freePorts(count: number): Promise<readonly number[]> {
  // All are held at once, so that none is handed out twice.
  const servers = await Promise.all(Array.from({ length: count }, hold))
  return Promise.all(
    servers.map(async (server) => {
      const { port } = server.address() as AddressInfo
      await new Promise((resolve) => server.close(resolve))
      return port
    }),
  )
}

function hold() {
  return new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}
