// `graphpost why` with a gateway that runs, and without one.
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runWhy, type WhyOptions } from '../../src/cli/why.ts';
import { createCliIo } from '../support/cli-io.ts';
import { freePort } from '../support/free-port.ts';
import { startTestGateway, writeConfig, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let place: { readonly file: string; readonly folder: string };
let queueId = '';

beforeAll(async () => {
  gateway = await startTestGateway();
  place = await writeConfig({ http: `http: { admin: "${new URL(gateway.adminUrl).host}" }` });
  for (const number of [1, 2, 3]) {
    await gateway.send({
      from: 'app@contoso.com',
      to: 'ann@example.com',
      subject: `Report ${number}`,
      text: 'x',
      messageId: `<report-${number}@contoso.com>`,
    });
  }
  await gateway.until(
    (line) => line['messageId'] === '<report-3@contoso.com>' && line['state'] === 'delivered',
  );
  const accepted = gateway.log.find(({ messageId }) => messageId === '<report-1@contoso.com>');
  queueId = String(accepted?.['id']);
});

afterAll(async () => {
  await rm(place.folder, { recursive: true });
  await gateway[Symbol.asyncDispose]();
});

async function why(what: string, options: Partial<WhyOptions> = {}) {
  const { io, written } = createCliIo({ cwd: place.folder });
  const given = { config: place.file, version: '0.0.0', limit: 2, ...options };
  return { code: await runWhy(what, given, io), ...written() };
}

describe('graphpost why', () => {
  test.each([
    ['its queue id', () => queueId],
    ['the id of its delivery', () => `${queueId}-1`],
    ['its Message-ID', () => '<report-1@contoso.com>'],
    ['its Message-ID without brackets', () => 'report-1@contoso.com'],
  ])('finds a message by %s', async (_name, what) => {
    const { code, stdout } = await why(what());
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      `Message ${queueId}, Message-ID <report-1@contoso.com>`,
      expect.stringMatching(/^ {2}.*Z\): accepted from client "local" .*subject "Report 1"$/),
      '  rule "default" sends it over connection "main" to ann@example.com',
      expect.stringMatching(/^ {4}.*Z\): attempt 1 .*: delivered, 2\.0\.0, request-id [0-9a-f-]+$/),
      '    Next: nothing: the next mail system has it, and answers for it',
      expect.stringMatching(/^ {4}To do: .*message trace by <report-1@contoso\.com>$/),
      '',
    ]);
  });

  test('gives the newest of several, and says that there are more', async () => {
    const { code, stdout, stderr } = await why('ann@example.com', { json: true });
    expect(code).toBe(0);
    const found: { subject: string; life: unknown }[] = JSON.parse(stdout);
    expect(found.map(({ subject }) => subject)).toEqual(['Report 3', 'Report 2']);
    expect(found[0]?.life).toMatchObject({ deliveries: [{ attempts: [{}] }] });
    expect(stderr).toContain('--limit');
  });

  test.each(['0123456789abcdef', 'nobody@example.com', '<none@contoso.com>'])(
    'says of %s that there is nothing',
    async (what) => {
      const { code, stdout, stderr } = await why(what);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(`The queue has nothing of "${what}"`);
    },
  );

  test('says that neither gateway nor queue can be reached', async () => {
    const elsewhere = await writeConfig({
      http: `http: { admin: "127.0.0.1:${await freePort()}" }`,
    });
    const { code, stderr } = await why('x', { config: elsewhere.file });
    await rm(elsewhere.folder, { recursive: true });
    expect(code).toBe(4);
    expect(stderr).toContain('No gateway answers');
  });
});
