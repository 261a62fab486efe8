import { describe, expect, test } from 'vitest';
import {
  createClient,
  createNetworks,
  createSecrets,
  ManualClock,
  startIntake,
  type Intake,
} from '../../test/dialogs/intake.ts';
import { connectGreeted, connectRaw, type RawClient } from '../../test/dialogs/raw-client.ts';
import { Quotas } from './quotas.ts';

const mail = ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA', 'A: b\r\n\r\n.'];
const token = Buffer.from('\0wp\0secret').toString('base64');
const tooMany = '421 4.7.0 Too many connections from you; try again when others have ended';

async function greeting(intake: Intake): Promise<string> {
  using client = await connectRaw(intake.listener.address);
  return (await client.read()) ?? '';
}

async function connectMany(intake: Intake, count: number): Promise<readonly RawClient[]> {
  return await Promise.all(
    Array.from({ length: count }, () => connectGreeted(intake.listener.address)),
  );
}

describe('limits.connections of a client', () => {
  test('turns away who comes beyond it, until others have ended', async () => {
    await using intake = await startIntake({
      clients: [createClient('local', { connections: 2 })],
    });
    const [first] = await connectMany(intake, 2);
    expect(await greeting(intake)).toBe(tooMany);
    expect(await intake.happened('refused')).toMatchObject({
      stage: 'connect',
      reason: 'tooManyConnections',
      diagnostic: expect.stringContaining('Client "local" has 2 connections already'),
    });
    first?.socket.destroy();
    await intake.happened('connectionClosed');
    using next = await connectGreeted(intake.listener.address);
    expect((await next.sayAll('EHLO me', ...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
  });

  test('counts from the login on where the client has one', async () => {
    await using intake = await startIntake({
      clients: [createClient('shop', { username: 'wp', connections: 1 })],
      secrets: createSecrets({ shop: 'secret' }),
    });
    const [first, second] = await connectMany(intake, 2);
    expect((await first?.sayAll('EHLO me', `AUTH PLAIN ${token}`))?.[1]).toMatch(/^235 /);
    expect((await second?.sayAll('EHLO me', `AUTH PLAIN ${token}`))?.[1]).toBe(tooMany);
    expect(await second?.readAll()).toBe('');
    first?.socket.destroy();
    await intake.happened('connectionClosed');
    using third = await connectGreeted(intake.listener.address);
    await third.sayAll('EHLO me', 'NOOP', 'NOOP');
    expect(await third.say(`AUTH PLAIN ${token}`)).toMatch(/^235 /);
    expect((await third.sayAll(...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
  });

  test('holds over all listeners that share their quotas', async () => {
    const quotas = new Quotas();
    const clients = [createClient('local', { connections: 1 })];
    await using one = await startIntake({ quotas, clients });
    await using other = await startIntake({ quotas, clients });
    using _open = await connectGreeted(one.listener.address);
    expect(await greeting(other)).toBe(tooMany);
  });
});

describe('limits.connections', () => {
  test('holds over all listeners that share their quotas', async () => {
    const quotas = new Quotas();
    await using one = await startIntake({ quotas, limits: { connections: 1 } });
    await using other = await startIntake({ quotas, limits: { connections: 1 } });
    using _open = await connectGreeted(one.listener.address);
    expect(await greeting(other)).toBe('421 4.3.2 Too many connections; try again later');
  });
});

describe('a stranger', () => {
  test('has 20 connections at most, and leaves room for those that log in', async () => {
    await using intake = await startIntake({
      clients: [createClient('shop', { username: 'wp' })],
      secrets: createSecrets({ shop: 'secret' }),
    });
    const clients = await connectMany(intake, 20);
    expect(await greeting(intake)).toBe(tooMany);
    expect((await clients[0]?.sayAll('EHLO me', `AUTH PLAIN ${token}`))?.[1]).toMatch(/^235 /);
    expect(await greeting(intake)).toMatch(/^220 /);
    for (const { socket } of clients) socket.destroy();
  });

  test('is nobody that a client without a login fits', async () => {
    await using intake = await startIntake({
      clients: [createClient('local', { networks: createNetworks('127.0.0.0/8') })],
    });
    const clients = await connectMany(intake, 25);
    expect(await greeting(intake)).toMatch(/^220 /);
    for (const { socket } of clients) socket.destroy();
  });
});

describe('messagesPerMinute', () => {
  test('answers 450 4.7.1 with the time to come back, and keeps it', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({
      clock,
      clients: [createClient('local', { messagesPerMinute: 2 })],
    });
    using client = await connectGreeted(intake.listener.address);
    await client.say('EHLO me');
    expect((await client.sayAll(...mail, ...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
    clock.advance(18_000);
    expect(await client.say('MAIL FROM:<a@b.example>')).toBe(
      '450 4.7.1 Too many messages in a minute; try again in 43 seconds',
    );
    expect(await intake.happened('refused')).toMatchObject({
      stage: 'mail',
      reason: 'rateLimited',
      client: 'local',
    });
    clock.advance(43_000);
    expect((await client.sayAll(...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
  });
});

describe('recipientsPerMinute', () => {
  test('answers 450 4.7.1 to those beyond it, and takes the others', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({
      clock,
      clients: [createClient('local', { recipientsPerMinute: 3 })],
    });
    using client = await connectGreeted(intake.listener.address);
    await client.say('EHLO me');
    expect((await client.sayAll(...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
    clock.advance(20_000);
    const replies = await client.sayAll(
      'MAIL FROM:<a@b.example>',
      ...['RCPT TO:<c@d.example>', 'RCPT TO:<C@D.example>', 'RCPT TO:<e@d.example>'],
      'RCPT TO:<f@d.example>',
    );
    expect(replies.slice(1)).toEqual([
      ...Array<string>(3).fill('250 2.1.5 Accepted'),
      '450 4.7.1 Too many recipients in a minute; try again in 41 seconds',
    ]);
    expect((await client.sayAll('DATA', 'A: b\r\n\r\n.')).at(-1)).toMatch(/^250 2\.0\.0 queued/);
    expect(intake.kept[1]?.envelope.forwardPaths).toEqual(['c@d.example', 'e@d.example']);
    clock.advance(41_000);
    expect((await client.sayAll(...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
  });
});

describe('bytesPerMinute', () => {
  test('answers 450 4.7.1 with the time to come back, and keeps it', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({
      clock,
      clients: [createClient('local', { bytesPerMinute: 1000, messagesPerMinute: 2 })],
    });
    using client = await connectGreeted(intake.listener.address);
    await client.say('EHLO me');
    const large = `A: b\r\n\r\n${'x'.repeat(980)}\r\n.`;
    expect((await client.sayAll(...mail.slice(0, 3), large)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
    expect(await client.say('MAIL FROM:<a@b.example> SIZE=100')).toBe(
      '450 4.7.1 Too many bytes in a minute; try again in 61 seconds',
    );
    expect(await intake.happened('refused')).toMatchObject({
      stage: 'mail',
      reason: 'rateLimited',
      client: 'local',
    });
    clock.advance(61_000);
    expect((await client.sayAll(...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
  });
});

describe('limits.messagesPerMinute', () => {
  test('holds for all clients together', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({
      clock,
      clients: [createClient('local', { messagesPerMinute: 5 })],
      limits: { messagesPerMinute: 1 },
    });
    using client = await connectGreeted(intake.listener.address);
    await client.say('EHLO me');
    expect((await client.sayAll(...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
    expect(await client.say('MAIL FROM:<a@b.example>')).toMatch(/^450 4\.7\.1 Too many messages/);
    expect(await intake.happened('refused')).toMatchObject({
      diagnostic: 'All clients together may send 1 messages in a minute: limits.messagesPerMinute',
    });
  });
});
