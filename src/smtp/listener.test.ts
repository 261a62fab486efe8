import { createTransport } from 'nodemailer';
import { describe, expect, test } from 'vitest';
import {
  createClient,
  createNetworks,
  createSecrets,
  ManualClock,
  readText,
  startIntake,
  type Intake,
} from '../../test/dialogs/intake.ts';
import { connectGreeted, connectRaw, type RawClient } from '../../test/dialogs/raw-client.ts';
import type { Acceptance } from '../relay/ports.ts';

const envelope = ['EHLO me', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA'];
const message = 'Subject: x\r\n\r\nBody\r\n.';

async function startData(intake: Intake): Promise<RawClient> {
  const client = await connectGreeted(intake.listener.address);
  await client.sayAll(...envelope);
  return client;
}

describe('createListener()', () => {
  test('listens on the port that it names', async () => {
    await using intake = await startIntake();
    expect(intake.listener.name).toBe('test');
    expect(intake.listener.address).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
    expect(intake.listener.address.port).toBeGreaterThan(0);
  });

  test('says which listener cannot listen, and where', async () => {
    await using intake = await startIntake();
    const { port } = intake.listener.address;
    await expect(startIntake({ listener: { name: 'second', port } })).rejects.toThrow(
      `Listener "second": Cannot listen on 127.0.0.1:${port}: the port is in use: stop what`,
    );
  });

  test('takes what nodemailer sends, over one connection and over many', async () => {
    await using intake = await startIntake();
    const { host, port } = intake.listener.address;
    for (const pool of [true, false]) {
      const transport = createTransport({ host, port, pool });
      for (const number of [1, 2, 3]) {
        await transport.sendMail({
          from: 'Grüße <app@b.example>',
          to: ['c@d.example', 'e@f.example'],
          bcc: 'hidden@d.example',
          subject: `Nº ${number}`,
          text: '.\n..\nTwo dots',
        });
      }
      transport.close();
    }
    expect(intake.kept).toHaveLength(6);
    for (const { envelope: sent, text } of intake.kept) {
      expect(sent).toMatchObject({
        reversePath: 'app@b.example',
        forwardPaths: ['c@d.example', 'e@f.example', 'hidden@d.example'],
      });
      expect(text).toMatch(/\r\n\.\r\n\.\.\r\nTwo dots\r\n$/);
    }
  });
});

describe('a listener', () => {
  test('turns connections away that are too many, and takes others when those have gone', async () => {
    await using intake = await startIntake({ limits: { connections: 1 } });
    const first = await connectGreeted(intake.listener.address);
    using second = await connectRaw(intake.listener.address);
    expect(await second.readAll()).toBe('421 4.3.2 Too many connections; try again later');
    expect(intake.events).toMatchObject([
      { name: 'connectionOpened' },
      { name: 'refused', stage: 'connect', reason: 'tooManyConnections', status: '4.3.2' },
    ]);
    first.socket.destroy();
    await intake.happened('connectionClosed');
    using third = await connectRaw(intake.listener.address);
    expect(await third.read()).toMatch(/^220 /);
  });

  test('survives clients that come and go in every way', async () => {
    await using intake = await startIntake();
    const { address } = intake.listener;
    for (const bytes of ['', '\0\0\0', '\x16\x03\x01\x02\x00', 'EHLO', 'EHLO me\r\nAUTH']) {
      const client = await connectRaw(address);
      await client.write(bytes);
      client.socket.resetAndDestroy();
    }
    using client = await connectGreeted(address);
    expect(await client.say('NOOP')).toBe('250 2.0.0 OK');
    expect(intake.events.map(({ name }) => name)).not.toContain('fault');
  });
});

describe('Listener.configure()', () => {
  test('takes effect for sessions that are open', async () => {
    await using intake = await startIntake();
    using client = await connectGreeted(intake.listener.address);
    await client.say('EHLO me');
    intake.listener.configure({
      clients: [createClient('shop', { username: 'wp', networks: createNetworks('127.0.0.1') })],
      secrets: createSecrets({ shop: 'secret' }),
      limits: { ...intake.settings.limits, messageBytes: 2000 },
    });
    expect(await client.say('MAIL FROM:<>')).toMatch(/^530 5\.7\.0 /);
    const features = await client.say('EHLO me');
    expect(features).toContain('AUTH PLAIN LOGIN');
    expect(features).toContain('SIZE 2000');
    const token = Buffer.from('\0wp\0secret').toString('base64');
    expect(await client.say(`AUTH PLAIN ${token}`)).toMatch(/^235 2\.7\.0 /);
    expect(await client.say('MAIL FROM:<> SIZE=2001')).toMatch(/^552 5\.3\.4 /);
    expect(await client.say('MAIL FROM:<> SIZE=2000')).toBe('250 2.1.0 Accepted');
  });
});

describe('Listener.drain()', () => {
  test('says 421 to idle clients at once, and takes no new ones', async () => {
    await using intake = await startIntake({ clock: new ManualClock() });
    using idle = await connectGreeted(intake.listener.address);
    using midway = await connectGreeted(intake.listener.address);
    await midway.sayAll('EHLO me', 'MAIL FROM:<a@b.example>');
    const drained = intake.listener.drain({ graceMs: 60_000 });
    const goodbye = '421 4.3.2 Shutting down; try again later';
    expect(await idle.readAll()).toBe(goodbye);
    expect(await midway.readAll()).toBe(goodbye);
    await drained;
    await expect(connectRaw(intake.listener.address)).rejects.toThrow('ECONNREFUSED');
  });

  test('lets a message in DATA and one in its commit finish, and then says 421', async () => {
    const committing = Promise.withResolvers<void>();
    const committed = Promise.withResolvers<Acceptance>();
    await using intake = await startIntake({
      clock: new ManualClock(),
      async accept({ content }) {
        if (!(await readText(content)).includes('commit')) return { kind: 'accepted', id: 'fast' };
        committing.resolve();
        return await committed.promise;
      },
    });
    using inData = await startData(intake);
    using inCommit = await startData(intake);
    await inCommit.write('Subject: commit\r\n\r\n.\r\n');
    await committing.promise;
    const drained = intake.listener.drain({ graceMs: 60_000 });
    await inData.write(`${message}\r\n`);
    expect(await inData.readAll()).toBe(
      '250 2.0.0 queued as fast\n421 4.3.2 Shutting down; try again later',
    );
    committed.resolve({ kind: 'accepted', id: 'slow' });
    expect(await inCommit.readAll()).toBe(
      '250 2.0.0 queued as slow\n421 4.3.2 Shutting down; try again later',
    );
    await drained;
  });

  test('answers commands that were pipelined behind the message with 421 alone', async () => {
    await using intake = await startIntake({ clock: new ManualClock() });
    using client = await startData(intake);
    const drained = intake.listener.drain({ graceMs: 60_000 });
    await client.write(`${message}\r\nMAIL FROM:<next@b.example>\r\nRCPT TO:<c@d.example>\r\n`);
    expect(await client.readAll()).toBe(
      '250 2.0.0 queued as message-1\n421 4.3.2 Shutting down; try again later',
    );
    await drained;
  });

  test('cuts off who is left at the end of its grace, and leaves nothing of a half message', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({ clock });
    using client = await startData(intake);
    await client.write('Subject: half');
    const drained = intake.listener.drain({ graceMs: 10_000 });
    clock.advance(10_000);
    expect(await client.readAll()).toBe('');
    await drained;
    expect(intake.kept).toEqual([]);
    expect(await intake.happened('clientVanished')).toMatchObject({ listener: 'test' });
  });

  test('does not wait for clients that do not hang up', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({ clock });
    using client = await connectRaw(intake.listener.address, { allowHalfOpen: true });
    await client.read();
    const drained = intake.listener.drain({ graceMs: 60_000 });
    expect(await client.read()).toMatch(/^421 4\.3\.2 /);
    clock.advance(2_000);
    await drained;
  });

  test('may be asked for twice', async () => {
    await using intake = await startIntake();
    await Promise.all([
      intake.listener.drain({ graceMs: 1000 }),
      intake.listener.drain({ graceMs: 1000 }),
    ]);
    await intake.listener.drain({ graceMs: 1000 });
    await expect(connectRaw(intake.listener.address)).rejects.toThrow('ECONNREFUSED');
  });
});
