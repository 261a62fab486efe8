// Ports of this machine: one that is free, and whether an SMTP server is behind one.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Endpoint } from './load/smtp-session.ts';

/** For programs that must be told their port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port is free');
  return address.port;
}

/** True once the server says 220. */
export async function greets(endpoint: Endpoint): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(endpoint);
  socket.once('data', (greeting) => resolve(String(greeting).startsWith('220')));
  socket.on('error', () => resolve(false));
  socket.once('close', () => resolve(false));
  const isThere = await promise;
  socket.destroy();
  return isThere;
}
