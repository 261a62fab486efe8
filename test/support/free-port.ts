// Ports for servers of tests and of the benchmark.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Ports below those that the system gives to outgoing connections: a part for each process that runs tests side by side. */
const ports = { first: 10_000, parts: 20, ofPart: 1_000 };
const firstPort =
  ports.first + (Number(process.env['VITEST_POOL_ID'] ?? 0) % ports.parts) * ports.ofPart;
let nextPort = randomInt(ports.ofPart);

/**
 * A port that was free a moment ago: a process that is killed and started again must come back to its own. No port is given
 * twice until all others were.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + (nextPort++ % ports.ofPart);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
