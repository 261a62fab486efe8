import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { drip } from './drip.ts';

test('drip() gives a whole answer, in many pieces, and ends the connection', async () => {
  const headers = { 'content-length': '4', 'x-own': 'yes' };
  const server = createServer((_, response) => {
    void drip(response, { status: 202, headers, body: Buffer.from('slow'), everyMs: 0 });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an AddressInfo; Node's type covers pipes too.
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(response.status).toBe(202);
  expect(response.headers.get('x-own')).toBe('yes');
  expect(response.headers.get('connection')).toBe('close');
  expect(await response.text()).toBe('slow');
  server.close();
  await once(server, 'close');
});
