// `sending: hold | drop`: nothing leaves, and nothing is lost that need not be.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { startTestGateway, writeConfig, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
const mail = { from: 'app@contoso.com', to: 'ann@example.com', text: 'x' };

beforeEach(async () => {
  gateway = await startTestGateway({ sending: 'sending: hold' });
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
});

async function turn(sending: 'normal' | 'hold' | 'drop'): Promise<void> {
  const { file } = await writeConfig({ sending: `sending: ${sending}` });
  const loading = loadConfig(file, { env: {} });
  if (loading.kind === 'faulty') throw new Error('The configuration is faulty');
  gateway.gateway.reload(loading);
}

test('hold keeps mail in the queue until sending is normal again', async () => {
  await gateway.send({ ...mail, subject: 'held' });
  await gateway.until(({ event }) => event === 'message.accepted');
  expect(gateway.sandbox.requests).toEqual([]);
  await turn('normal');
  const sent = await gateway.sent(1);
  expect(sent.map(({ subject }) => subject)).toEqual(['held']);
});

test('drop accepts mail and counts it as dropped, and keeps what was in the queue', async () => {
  await gateway.send({ ...mail, subject: 'before' });
  await turn('drop');
  await gateway.send({ ...mail, subject: 'dropped' });
  await gateway.until(({ event, route }) => event === 'message.discarded' && route === 'default');
  expect(gateway.sandbox.requests).toEqual([]);
  await turn('normal');
  await gateway.send({ ...mail, subject: 'after' });
  const sent = await gateway.sent(2);
  expect(sent.map(({ subject }) => subject).toSorted()).toEqual(['after', 'before']);
});

test('a reload that would leave the page of a real connection without a token is refused', async () => {
  const { file } = await writeConfig({
    connections: `connections:
  main: { type: sandbox }
  real: { type: smtp, url: "smtp://127.0.0.1:1" }`,
  });
  const loading = loadConfig(file, { env: {} });
  if (loading.kind === 'faulty') throw new Error('The configuration is faulty');
  expect(() => gateway.gateway.reload(loading)).toThrow('takes a restart');
  expect((await fetch(`${gateway.adminUrl}/api/v1/status`)).status).toBe(200);
});
