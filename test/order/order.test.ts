// No client reads a 250 before its message is on the disk: shown by the system calls of the gateway, in their order.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { keepSending } from '../crash/client.ts';
import { createRandom } from '../crash/random.ts';
import { createGatewayProcess, type StartOptions } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';
import { proveOrder, type OrderProof } from './proof.ts';
import { attachStrace, readCalls, whyNoStrace } from './strace.ts';

const reason = whyNoStrace();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox({ now: Date.now });
});

afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

/** What the system calls of a gateway show while several connections hand over at least so many messages. */
async function watchOrder(messages: number, start: StartOptions): Promise<OrderProof> {
  await using gateway = await createGatewayProcess(sandbox);
  await gateway.start(start);
  const file = join(gateway.folder, 'strace.log');
  const calls = 'trace=fsync,fdatasync,write,writev,sendto,sendmsg,pwrite64,pwritev,pwritev2';
  // A page of the database is written as a whole, and the queue id may stand anywhere in it.
  const strace = await attachStrace(gateway.pid(), ['-y', '-s', '16384', '-e', calls, '-o', file]);
  let accepted = 0;
  const enough = new AbortController();
  const clients = Array.from({ length: 8 }, (_, index) =>
    keepSending({
      port: gateway.smtpPort,
      name: `client${index + 1}`,
      random: createRandom(index),
      onStep: (step) => (accepted += step === 'after250' ? 1 : 0),
      onSent: () => undefined,
      signal: enough.signal,
    }),
  );
  await until(() => accepted >= messages);
  enough.abort();
  await Promise.all(clients);
  await gateway.stop('SIGKILL');
  await strace.detach();
  return proveOrder(await readCalls(file));
}

describe.skipIf(reason !== undefined)(
  `the order of system calls${reason ? ` (${reason})` : ''}`,
  () => {
    test('has the sync of a message before its 250, over several connections at once', async () => {
      const { told, tooSoon } = await watchOrder(100, {});
      expect(told.length).toBeGreaterThanOrEqual(100);
      expect(tooSoon).toEqual([]);
    }, 60_000);

    test('shows a 250 that comes before the sync', async () => {
      const preload = new URL('./without-sync.ts', import.meta.url).href;
      const { told, tooSoon } = await watchOrder(10, {
        env: { NODE_OPTIONS: `--import ${preload}` },
      });
      expect(tooSoon).toEqual(told);
    }, 60_000);
  },
);
