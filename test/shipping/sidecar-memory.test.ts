// What packaging/kubernetes/sidecar.yaml asks for is enough: 64 Mi at rest, 128 Mi for one message of 20 MB after the other.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { until } from '../support/until.ts';
import { sendLargeMessages } from './large-messages.ts';
import { root } from './package-artefact.ts';
import { startConfinedSidecar } from './sidecar-process.ts';

const mebibytes = 1_048_576;

test('the sidecar passes on messages of 20 MB within 128 Mi, and needs less than 64 Mi at rest', async () => {
  await using sandbox = await createSandbox({ now: Date.now });
  const limits = { limitBytes: 128 * mebibytes, ownProgram: false };
  await using sidecar = await startConfinedSidecar(sandbox, limits);
  if (!sidecar.isConfined)
    process.stderr.write('No control group can be made here: memory is measured\n');
  // What its start has left goes when it has had nothing to do for some seconds.
  await until(async () => (await sidecar.ownBytes()) < 64 * mebibytes);

  const replies = await sendLargeMessages(sidecar.port, { count: 3 });
  expect(replies.filter((reply) => !reply.startsWith('250 2.0.0 passed on as'))).toEqual([]);
  expect(sandbox.mailbox.list()).toHaveLength(3);
  expect(await sidecar.ownBytes()).toBeLessThan(112 * mebibytes);
  expect(sandbox.violations).toEqual([]);
});

test('packaging/kubernetes/sidecar.yaml sets what that takes', () => {
  const manifest = readFileSync(join(root, 'packaging/kubernetes/sidecar.yaml'), 'utf8');
  for (const set of [
    '{ name: GRAPHPOST_DIRECT_MEMORY, value: 2MB }',
    '{ name: GRAPHPOST_DIRECT_FOLDER, value: /under-way }',
    "{ name: MALLOC_MMAP_THRESHOLD_, value: '65536' }",
    'limits: { memory: 128Mi }',
  ]) {
    expect(manifest).toContain(set);
  }
});
