// Every route of the admin API on a gateway that works, and what it tells of connections, lanes, clients and figures.
import { access, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AnyRoute } from '../../src/http/route.ts';
import { apiRoutes, getLogin, postLogin } from '../../src/http/routes.ts';
import type { ClientView } from '../../src/http/schema/client.ts';
import type { ConnectionView } from '../../src/http/schema/connection.ts';
import type { FiguresView } from '../../src/http/schema/figures.ts';
import type { LaneView } from '../../src/http/schema/lane.ts';
import { expectDeclared, routeOf } from '../support/checked-answers.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

/** Asks, holds the answer against its route, and remembers which route it was. */
function createAsk({ adminUrl }: TestGateway) {
  const answered = new Set<AnyRoute | undefined>();
  const ask = async (method: string, path: string, body?: object) => {
    const asked = { method, path: `/api/v1${path}` };
    const request = { method, ...(body && { body: JSON.stringify(body) }) };
    const answer = await fetch(`${adminUrl}${asked.path}`, request);
    await expectDeclared(asked, answer);
    if (answer.ok) answered.add(routeOf(asked));
    const text = await answer.text();
    return text.startsWith('{') ? JSON.parse(text) : text;
  };
  return { ask, answered };
}

async function get<T>({ adminUrl }: TestGateway, path: string): Promise<T> {
  const asked = { method: 'GET', path: `/api/v1${path}` };
  const answer = await fetch(`${adminUrl}${asked.path}`);
  await expectDeclared(asked, answer);
  return JSON.parse(await answer.text());
}

async function connectionOf(gateway: TestGateway): Promise<ConnectionView | undefined> {
  const { connections } = await get<{ connections: ConnectionView[] }>(gateway, '/connections');
  return connections[0];
}

async function clientOf(gateway: TestGateway): Promise<ClientView | undefined> {
  const { clients } = await get<{ clients: ClientView[] }>(gateway, '/clients');
  return clients[0];
}

const mail = { from: 'app@contoso.com', to: 'ann@example.com', subject: 'Hello', text: 'x' };

/** Nobody signs in for the sandbox: test/relay/sign-in-on-page.test.ts asks these. */
const elsewhere: readonly AnyRoute[] = [postLogin, getLogin];

test('every route answers in the form that it declares', async () => {
  await using gateway = await startTestGateway({
    routes: `routes:
  - { name: hold, when: { subject: { startsWith: hold } }, hold: true, send: { via: main } }`,
  });
  const { ask, answered } = createAsk(gateway);
  await gateway.send(mail);
  await gateway.sent(1);
  for (const subject of ['hold 1', 'hold 2']) await gateway.send({ ...mail, subject });
  const { messages } = await ask('GET', '/messages?state=held&limit=1');
  const id: string = messages[0].messageId;
  await ask('GET', `/messages/${id}`);
  await ask('GET', `/messages/${id}/raw`);
  const { id: again } = await ask('POST', `/messages/${id}/resend`, { to: ['paul@example.com'] });
  await ask('POST', `/messages/${id}/reroute`, { force: true });
  await ask('POST', '/messages/reroute', { all: true, dryRun: true });
  await ask('POST', `/messages/${again}/release`);
  await gateway.sent(2);
  await ask('POST', '/messages/hold', { filter: { state: 'held' } });
  await ask('POST', '/messages/release', { filter: { subject: 'nothing' } });
  await ask('POST', '/messages/retry', { ids: [id] });
  await ask('POST', '/messages/remove', { ids: [again] });
  await ask('DELETE', `/messages/${id}`);
  const { messages: sent } = await ask('GET', '/sandbox/messages');
  await ask('GET', `/sandbox/messages/${sent[0].id}`);
  await ask('GET', `/sandbox/messages/${sent[0].id}/raw`);
  await ask('POST', '/explain', { message: 'Subject: x\n\nx', client: 'local', rcpt: ['a@b.org'] });
  const test = await ask('POST', '/test', { to: 'ann@example.com', connection: 'main' });
  await ask('GET', `/test/${test.id}`);
  for (const path of ['/status', '/connections', '/lanes', '/clients', '/figures?window=day']) {
    await ask('GET', path);
  }
  await ask('GET', '/openapi.json');
  const file = join(tmpdir(), `graphpost-api-${process.pid}.db`);
  onTestFinished(() => rm(file, { force: true }));
  await ask('POST', '/backup', { file });
  await access(file);
  await gateway.send({ ...mail, to: 'unavailable@example.com', subject: 'later' });
  const { messages: later } = await ask('GET', '/messages?subject=later');
  for (const action of ['retry', 'hold']) {
    // An attempt that is under way is not touched.
    await until(async () => {
      const answer = await ask('POST', `/messages/${later[0].messageId}/${action}`);
      return answer.deliveries === 1;
    });
  }
  const missing = apiRoutes
    .filter((route) => !answered.has(route) && !elsewhere.includes(route))
    .map(({ path }) => path);
  expect(missing).toEqual([]);
});

const expiredSecret = {
  status: 401,
  body: JSON.stringify({
    error: 'invalid_client',
    error_description: 'AADSTS7000222: The provided client secret keys are expired.',
    error_codes: [7000222],
  }),
};

test('a connection tells its trouble, what mends it and what waits, until it works again', async () => {
  await using gateway = await startTestGateway();
  gateway.sandbox.faults.next(expiredSecret, { on: 'token', times: 1 });
  expect(await connectionOf(gateway)).toMatchObject({
    name: 'main',
    type: 'sandbox',
    identity: { text: expect.stringContaining('simulator') },
    state: 'unknown',
    troubleIsOver: true,
    breaker: { state: 'closed' },
    limitPerLane: 4,
  });
  await gateway.send(mail);
  await until(async () => {
    const { holdsCount, waiting } = (await connectionOf(gateway)) ?? {};
    return holdsCount === 1 && waiting === 1;
  });
  const down = await connectionOf(gateway);
  expect(down).toMatchObject({
    state: 'down',
    troubleIsOver: false,
    lastTrouble: {
      reason: 'credential',
      problem: expect.stringContaining('expired'),
      remedy: expect.stringContaining('secret'),
      code: 'AADSTS7000222',
      httpStatus: 401,
    },
    holds: [
      {
        scope: 'connection',
        what: 'All mail over this connection',
        remedy: down?.lastTrouble?.remedy,
        code: 'AADSTS7000222',
      },
    ],
    waiting: 1,
    lanes: 1,
  });
  expect(down?.lastSuccessAt).toBeUndefined();
  await until(async () => {
    await fetch(`${gateway.adminUrl}/api/v1/messages/retry`, {
      method: 'POST',
      body: '{"all":true}',
    });
    return (await connectionOf(gateway))?.lastSuccessAt !== undefined;
  });
  const up = await connectionOf(gateway);
  expect(up).toMatchObject({
    ...{ state: 'up', troubleIsOver: true, holds: [] },
    breaker: { state: 'closed' },
  });
  expect(Date.parse(up?.token?.expiresAt ?? '')).toBeGreaterThan(Date.now());
  expect(Date.parse(up?.lastSuccessAt ?? '')).toBeLessThanOrEqual(Date.now());
});

test('a lane that Graph slows down tells until when, and why', async () => {
  await using gateway = await startTestGateway();
  const asked = {
    status: 429,
    headers: { 'Retry-After': '900' },
    body: '{"error":{"code":"ApplicationThrottled","message":"Too many requests."}}',
  };
  gateway.sandbox.faults.next(asked);
  await gateway.send(mail);
  const paused = async () => {
    const { lanes } = await get<{ lanes: LaneView[] }>(gateway, '/lanes');
    return lanes.find(({ pausedUntil }) => pausedUntil !== undefined);
  };
  await until(async () => (await paused()) !== undefined);
  const lane = await paused();
  expect(lane).toMatchObject({
    mailbox: 'app@contoso.com',
    connections: ['main'],
    concurrency: 4,
    waiting: 1,
    why: expect.stringContaining('ApplicationThrottled'),
  });
  expect(Date.parse(lane?.pausedUntil ?? '')).toBeGreaterThan(Date.now() + 600_000);
  expect(await connectionOf(gateway)).toMatchObject({
    pausedLanesCount: 1,
    pausedLanes: [{ mailbox: 'app@contoso.com', pausedUntil: lane?.pausedUntil, why: lane?.why }],
  });
});

test('a stranger is told how to be let in, and with that he is', async () => {
  let advised = '';
  {
    await using gateway = await startTestGateway({
      clients: 'clients: [{ name: far, networks: [192.0.2.0/24], senders: ["*"] }]',
    });
    await expect(gateway.send(mail)).rejects.toThrow('may not send mail here');
    const client = await clientOf(gateway);
    expect(client).toMatchObject({
      ip: '127.0.0.1',
      clients: [],
      listener: 'apps',
      lastRefusal: {
        listener: 'apps',
        stage: 'mail',
        reason: 'unknownClient',
        reply: '550 5.7.1 127.0.0.1 may not send mail here',
        sender: 'app@contoso.com',
        isOver: false,
      },
    });
    advised = client?.lastRefusal?.advice?.yaml ?? '';
  }
  await using gateway = await startTestGateway({ clients: advised });
  await gateway.send(mail);
  expect(await clientOf(gateway)).toMatchObject({
    clients: ['client-127-0-0-1'],
    tls: false,
    lastAccepted: { client: 'client-127-0-0-1' },
  });
});

test('figures count what came and went', async () => {
  await using gateway = await startTestGateway();
  await gateway.send(mail);
  await gateway.send({ ...mail, to: 'rejected@example.com' });
  const total = async (window: string) => {
    const { points } = await get<FiguresView>(gateway, `/figures?window=${window}`);
    const sum = (key: 'accepted' | 'delivered') =>
      points.reduce((all, point) => all + point[key], 0);
    return { accepted: sum('accepted'), delivered: sum('delivered'), points: points.length };
  };
  await until(async () => (await total('hour')).delivered > 0);
  const { delivered } = await total('hour');
  expect(await total('hour')).toEqual({ accepted: 2, delivered, points: 360 });
  expect(await total('day')).toEqual({ accepted: 2, delivered, points: 288 });
});

test('a list is given page by page', async () => {
  await using gateway = await startTestGateway({
    connections: 'connections: { main: { type: sandbox }, other: { type: sandbox } }',
  });
  const first = await get<{ connections: ConnectionView[]; next?: string }>(
    gateway,
    '/connections?limit=1',
  );
  const second = await get<{ connections: ConnectionView[]; next?: string }>(
    gateway,
    `/connections?limit=1&before=${first.next}`,
  );
  expect([first, second].flatMap(({ connections }) => connections.map(({ name }) => name))).toEqual(
    ['main', 'other'],
  );
  expect(second.next).toBeUndefined();
  expect(first.connections[0]?.sharesLanesWith).toEqual(['other']);
});
