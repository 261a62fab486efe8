// A message's way as spans: a gateway that was started with an OpenTelemetry SDK tells each step of it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from '../support/free-port.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import type { RecordedSpan } from '../support/span-recorder.ts';
import { until } from '../support/until.ts';

const recorder = join(import.meta.dirname, '../support/span-recorder.ts');
const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const caller = '00f067aa0ba902b7';

let sandbox: Sandbox;
let gateway: GatewayProcess;
let directPort: number;
let queuedPort: number;

beforeEach(async () => {
  sandbox = await createSandbox({ now: Date.now });
  directPort = await freePort();
  queuedPort = await freePort();
  gateway = await createGatewayProcess(sandbox, {
    changes: {
      listeners: `listeners:
  - { name: apps, address: "127.0.0.1:${queuedPort}" }
  - { name: straight, address: "127.0.0.1:${directPort}", mode: direct }`,
      queue: 'queue: { store: "sqlite:graphpost.db", lookupAfter: 100ms, retry: { first: 1s } }',
    },
  });
  await writeFile(join(gateway.folder, 'spans'), '');
  await start();
});

function start(): Promise<void> {
  const spans = join(gateway.folder, 'spans');
  const env = { NODE_OPTIONS: `--import ${recorder}`, GRAPHPOST_TEST_SPANS: spans };
  return gateway.start({ env });
}

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

async function send(port: number, headers: Readonly<Record<string, string>>): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const to = 'ann@example.com';
  await transport.sendMail({ from: 'app@contoso.com', to, subject: 'x', text: 'x', headers });
}

async function spans(): Promise<readonly RecordedSpan[]> {
  const text = await readFile(join(gateway.folder, 'spans'), 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line): RecordedSpan => JSON.parse(line));
}

/** Waits until so many spans of that name have ended. */
async function ended(name: string, count = 1): Promise<readonly RecordedSpan[]> {
  const found = async () => (await spans()).filter((span) => span.name === name);
  await until(async () => (await found()).length >= count);
  return await found();
}

describe('a queued message', () => {
  test('is followed from the trace that its header names to the request, over a restart', async () => {
    sandbox.faults.next({ status: 503 });
    await send(queuedPort, { traceparent: `00-${trace}-${caller}-01` });
    await until(() => gateway.output().includes('"event":"delivery.attempted"'));
    await gateway.stop('SIGKILL');
    await start();
    await ended('attempt', 2);
    await until(() => sandbox.mailbox.list().length === 1);

    const all = await spans();
    expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set([trace]));
    const [accept] = all.filter(({ name }) => name === 'accept');
    expect(accept).toMatchObject({
      parentId: caller,
      kind: 1,
      status: 0,
      attributes: {
        'graphpost.listener': 'apps',
        'graphpost.client': expect.any(String),
        'graphpost.result': 'accepted',
      },
    });
    for (const name of ['route', 'store']) {
      expect(all.filter((span) => span.name === name)).toMatchObject([
        { parentId: accept?.spanId, status: 0 },
      ]);
    }
    const attempts = all.filter(({ name }) => name === 'attempt');
    expect(attempts).toMatchObject([
      {
        parentId: accept?.spanId,
        status: 2,
        attributes: { 'graphpost.attempt': 1, 'graphpost.result': 'deferred' },
      },
      {
        parentId: accept?.spanId,
        status: 0,
        attributes: { 'graphpost.attempt': 2, 'graphpost.result': 'delivered' },
      },
    ]);
    expect(all.filter(({ name }) => name === 'request send_mail')).toMatchObject([
      {
        parentId: attempts[0]?.spanId,
        kind: 2,
        status: 2,
        attributes: { 'graphpost.code': '503' },
      },
      {
        parentId: attempts[1]?.spanId,
        kind: 2,
        status: 0,
        attributes: { 'graphpost.code': '202', 'graphpost.requestId': expect.any(String) },
      },
    ]);
    expect(JSON.stringify(all)).not.toMatch(/contoso|example\.com/);
  });

  test('begins a trace of its own where its header names none', async () => {
    await send(queuedPort, {});
    await send(queuedPort, { traceparent: 'nonsense' });
    await ended('attempt', 2);
    const accepts = await ended('accept', 2);
    expect(accepts.map(({ parentId }) => parentId)).toEqual([undefined, undefined]);
    expect(new Set(accepts.map(({ traceId }) => traceId))).toHaveLength(2);
    for (const attempt of await ended('attempt', 2)) {
      const accept = accepts.find(({ traceId }) => traceId === attempt.traceId);
      expect(attempt.parentId).toBe(accept?.spanId);
    }
  });
});

describe('a message of a direct listener', () => {
  test('has its attempt inside its acceptance', async () => {
    await send(directPort, { traceparent: `00-${trace}-${caller}-01` });
    const [accept] = await ended('accept');
    const [attempt] = await ended('attempt');
    const [request] = await ended('request send_mail');
    expect(accept).toMatchObject({ traceId: trace, parentId: caller });
    expect(attempt).toMatchObject({ traceId: trace, parentId: accept?.spanId });
    expect(request).toMatchObject({ traceId: trace, parentId: attempt?.spanId });
    expect((await spans()).some(({ name }) => name === 'store')).toBe(false);
  });
});
