// Ports of this machine: one that is free, and whether an SMTP server is behind one.
import { connect } from 'node:net';
import type { Endpoint } from './load/smtp-session.ts';

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
