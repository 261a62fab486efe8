// As ../sidecar-memory.test.ts, with the pages of the program counted, too: what is left for them makes it slow, not false.
import { expect, test } from 'vitest';
import { createSandbox } from '../../../src/sandbox/sandbox.ts';
import { sendLargeMessages } from '../large-messages.ts';
import { startConfinedSidecar } from '../sidecar-process.ts';

test('the sidecar passes on messages of 20 MB within 128 Mi, its program included', async () => {
  await using sandbox = await createSandbox({ now: Date.now });
  const limits = { limitBytes: 134_217_728, ownProgram: true };
  await using sidecar = await startConfinedSidecar(sandbox, limits);
  expect(sidecar.isConfined).toBe(true);
  const replies = await sendLargeMessages(sidecar.port, { count: 5 });
  expect(replies.filter((reply) => !reply.startsWith('250 2.0.0 passed on as'))).toEqual([]);
  expect(sandbox.mailbox.list()).toHaveLength(5);
}, 600_000);
