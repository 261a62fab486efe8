// The pace that each mailbox keeps: what is over waits in the queue, and nobody has to say 429.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

let gateway: TestGateway;

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
});

interface LaneJson {
  readonly lane: string;
  readonly waiting: number;
  readonly pausedUntil?: string;
}

async function laneOf(mailbox: string): Promise<LaneJson | undefined> {
  const answer = await fetch(`${gateway.adminUrl}/api/v1/lanes`);
  const { lanes } = (await answer.json()) as { readonly lanes: readonly LaneJson[] };
  return lanes.find(({ lane }) => lane.endsWith(mailbox));
}

function subjects(): readonly string[] {
  return gateway.sandbox.mailbox.list().map(({ subject }) => subject);
}

test('messages over a minute’s limit wait in the queue, and other mailboxes do not', async () => {
  gateway = await startTestGateway({
    connections: 'connections: { main: { type: sandbox, limits: { messagesPerMinute: 3 } } }',
  });
  for (let number = 1; number <= 5; number++) {
    const mail = { from: 'busy@contoso.com', to: 'ann@example.com', text: 'x' };
    await gateway.send({ ...mail, subject: `busy ${number}` });
  }
  const quiet = { from: 'quiet@contoso.com', to: 'ann@example.com', text: 'x' };
  await gateway.send({ ...quiet, subject: 'quiet' });
  // Two are claimed before they are found to be over: both come back, the first with the pause.
  await until(async () => {
    const { waiting, pausedUntil } = (await laneOf('busy@contoso.com')) ?? {};
    return waiting === 2 && pausedUntil !== undefined;
  });
  await until(() => subjects().length >= 4);
  expect(subjects()).toContain('quiet');
  expect(subjects().filter((subject) => subject.startsWith('busy'))).toHaveLength(3);
  const lane = await laneOf('busy@contoso.com');
  const waitMs = Date.parse(lane?.pausedUntil ?? '') - Date.now();
  expect(waitMs).toBeGreaterThan(30_000);
  expect(waitMs).toBeLessThan(70_000);
  expect(gateway.sandbox.requests.filter(({ status }) => status === 429)).toEqual([]);
});

test('a large message waits for room to upload, and small ones go past it', async () => {
  gateway = await startTestGateway({
    connections:
      'connections: { main: { type: sandbox, requestLimit: 50kB, limits: { uploadPer5Minutes: 300kB } } }',
  });
  const mail = { from: 'app@contoso.com', to: 'ann@example.com', text: 'x' };
  const attachments = [{ filename: 'a.bin', content: Buffer.alloc(150_000, 7) }];
  for (const subject of ['large 1', 'large 2'])
    await gateway.send({ ...mail, subject, attachments });
  await gateway.send({ ...mail, subject: 'small' });
  await until(() => subjects().length === 2);
  await until(async () => (await laneOf('app@contoso.com'))?.waiting === 1);
  expect((await laneOf('app@contoso.com'))?.pausedUntil).toBeUndefined();
  expect(subjects().toSorted()).toEqual(['large 1', 'small']);
});

test('what was sent before a restart counts after it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'graphpost-pace-'));
  const blocks = {
    queue: `queue: { store: "sqlite:${folder}/queue.db", full: { freeDisk: 0% } }`,
    connections: 'connections: { main: { type: sandbox, limits: { messagesPerHour: 3 } } }',
  };
  const mail = { from: 'app@contoso.com', to: 'ann@example.com', text: 'x' };
  gateway = await startTestGateway(blocks);
  for (const subject of ['1', '2']) await gateway.send({ ...mail, subject });
  await gateway.sent(2);
  await gateway[Symbol.asyncDispose]();
  gateway = await startTestGateway(blocks);
  for (const subject of ['3', '4']) await gateway.send({ ...mail, subject });
  await until(async () => (await laneOf('app@contoso.com'))?.pausedUntil !== undefined);
  await gateway.sent(1);
  expect(await laneOf('app@contoso.com')).toMatchObject({ waiting: 1 });
  expect(subjects()).toHaveLength(1);
  await rm(folder, { recursive: true, force: true });
});

test('a 202 that asks to wait is sent, and pauses its mailbox alone', async () => {
  gateway = await startTestGateway();
  const { faults } = gateway.sandbox;
  faults.next({ status: 202, headers: { 'retry-after': '600' }, carriedOut: true });
  const mail = { from: 'busy@contoso.com', to: 'ann@example.com', text: 'x' };
  await gateway.send({ ...mail, subject: 'busy 1' });
  await gateway.until(({ event }) => event === 'delivery.attempted');
  await gateway.send({ ...mail, subject: 'busy 2' });
  await gateway.send({ ...mail, from: 'quiet@contoso.com', subject: 'quiet' });
  await until(() => subjects().includes('quiet'));
  expect(subjects().toSorted()).toEqual(['busy 1', 'quiet']);
  const lane = await laneOf('busy@contoso.com');
  expect(lane).toMatchObject({ waiting: 1 });
  expect(Date.parse(lane?.pausedUntil ?? '') - Date.now()).toBeGreaterThan(300_000);
});
