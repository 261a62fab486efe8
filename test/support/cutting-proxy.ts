// A way to a server that is cut: at one message, or deaf to all answers until it is healed.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy extends AsyncDisposable {
  /** The URL that was given, by way of this proxy. */
  readonly url: string;
  /** Cuts a connection in place of its `message`th message from now on, from 0 on, in whichever direction it goes. */
  cutAt(message: number): void;
  /** Whether that one came. */
  hasCut(): boolean;
  /** From now on questions arrive, and each answer cuts its connection. */
  deafen(): void;
  /** From now on everything passes. */
  heal(): void;
}

export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let left = Infinity;
  let isDeaf = false;

  /** Whether this message may pass. */
  function passes(isAnswer: boolean): boolean {
    left -= 1;
    return left !== -1 && !(isDeaf && isAnswer);
  }

  const server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port), noDelay: true });
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', cut).on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    // What was asked before the cut is still carried out: a connection that ends without a word does not take it back.
    client.on('data', (bytes) => (passes(false) ? upstream.write(bytes) : cut()));
    upstream.on('data', (bytes) => (passes(true) ? client.write(bytes) : cut()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  const url = new URL(target);
  url.host = `127.0.0.1:${address.port}`;
  return {
    url: url.href,
    cutAt: (message) => void (left = message),
    hasCut: () => left < 0,
    deafen: () => void (isDeaf = true),
    heal() {
      left = Infinity;
      isDeaf = false;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
