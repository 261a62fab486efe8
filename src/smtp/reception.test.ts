import { describe, expect, test } from 'vitest';
import {
  connectFrom,
  createClient,
  createNetworks,
  createPatterns,
  ManualClock,
  readText,
  startIntake,
  type Intake,
  type IntakeOptions,
} from '../../test/dialogs/intake.ts';
import { connectGreeted, type RawClient } from '../../test/dialogs/raw-client.ts';
import { deferred, failed } from '../core/outcome.ts';
import type { Acceptance } from '../relay/ports.ts';

const envelope = ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA'];
const message = 'Subject: x\r\n\r\nBody\r\n.';

/** Connected, and has said EHLO. */
async function startSession(intake: Intake): Promise<RawClient> {
  const client = await connectGreeted(intake.listener.address);
  await client.say('EHLO App.Example');
  return client;
}

/** Connected, and asked for the message. */
async function startData(intake: Intake): Promise<RawClient> {
  const client = await startSession(intake);
  await client.sayAll(...envelope);
  return client;
}

function refusals(intake: Intake): readonly unknown[] {
  return intake.events.filter(({ name }) => name === 'refused');
}

/** The answers to a message, and to a second one on the same connection. */
async function sendTwo(
  intake: Intake,
  first: string,
): Promise<readonly [string | undefined, string | undefined]> {
  using client = await startData(intake);
  const answer = await client.say(first);
  await client.sayAll(...envelope);
  return [answer, await client.say(message)];
}

describe('a transaction', () => {
  test('tells accept who hands over what, from whom and to whom', async () => {
    await using intake = await startIntake();
    using client = await startSession(intake);
    await client.sayAll(
      'MAIL FROM:<A@B.example> SMTPUTF8',
      'RCPT TO:<c@d.example>',
      'RCPT TO:<C@D.example>',
      'RCPT TO:<e@f.example>',
      'DATA',
    );
    expect(await client.say(message)).toBe('250 2.0.0 queued as message-1');
    expect(intake.kept).toMatchObject([
      {
        client: {
          name: 'local',
          ip: '127.0.0.1',
          listener: 'test',
          ehlo: 'app.example',
          tls: false,
        },
        envelope: {
          reversePath: 'A@b.example',
          forwardPaths: ['c@d.example', 'e@f.example'],
          smtpUtf8: true,
        },
        text: 'Subject: x\r\n\r\nBody\r\n',
      },
    ]);
  });

  test.each(['RSET', 'EHLO again', 'HELO again'])('ends with %s', async (command) => {
    await using intake = await startIntake();
    using client = await startSession(intake);
    await client.sayAll('MAIL FROM:<old@b.example>', 'RCPT TO:<old@d.example>', command);
    expect(await client.say('RCPT TO:<c@d.example>')).toMatch(/^503 5\.5\.1 /);
    await client.sayAll(...envelope, message);
    expect(intake.kept).toMatchObject([
      { envelope: { reversePath: 'a@b.example', forwardPaths: ['c@d.example'] } },
    ]);
  });

  test('shares nothing with the next one on its connection', async () => {
    await using intake = await startIntake();
    using client = await startSession(intake);
    for (const number of [1, 2, 3]) {
      await client.sayAll(`MAIL FROM:<a${number}@b.example>`, `RCPT TO:<c${number}@d.example>`);
      await client.say('DATA');
      expect(await client.say(`Subject: ${number}\r\n\r\n.`)).toBe(
        `250 2.0.0 queued as message-${number}`,
      );
    }
    expect(intake.kept).toMatchObject(
      [1, 2, 3].map((number) => ({
        envelope: {
          reversePath: `a${number}@b.example`,
          forwardPaths: [`c${number}@d.example`],
        },
        text: `Subject: ${number}\r\n\r\n`,
      })),
    );
  });

  test('may be pipelined, with the next one behind it', async () => {
    await using intake = await startIntake();
    using client = await startSession(intake);
    const transaction = `${envelope.join('\r\n')}\r\n${message}\r\n`;
    await client.write(`${transaction}${transaction}QUIT\r\n`);
    const replies = (await client.readAll()).split('\n').map((line) => line.slice(0, 3));
    expect(replies.join(' ')).toBe('250 250 354 250 250 250 354 250 221');
    expect(intake.kept).toHaveLength(2);
  });

  test('may come from a device that knows only HELO', async () => {
    await using intake = await startIntake();
    using client = await connectGreeted(intake.listener.address);
    expect(await client.say('HELO printer')).toBe('250 relay.example.com greets [127.0.0.1]');
    await client.sayAll(...envelope);
    expect(await client.say(message)).toBe('250 2.0.0 queued as message-1');
  });

  test('keeps the client that it began with, when the settings change', async () => {
    await using intake = await startIntake();
    using client = await startData(intake);
    intake.listener.configure({
      ...intake.settings,
      clients: [createClient('elsewhere', { networks: createNetworks('10.0.0.0/8') })],
    });
    expect(await client.say(message)).toBe('250 2.0.0 queued as message-1');
    expect(await client.say('MAIL FROM:<>')).toBe('550 5.7.1 127.0.0.1 may not send mail here');
  });
});

describe('an IPv4 client of a socket for both families', () => {
  const cluster = createClient('cluster', { networks: createNetworks('10.0.0.0/8') });

  test.each([
    ['::ffff:10.1.2.3', '250 2.1.0 Accepted'],
    ['::ffff:8.8.8.8', '550 5.7.1 8.8.8.8 may not send mail here'],
  ])('is known by its own address: %s', async (ip, reply) => {
    using client = await connectFrom(ip, { clients: [cluster] });
    await client.say('EHLO me');
    expect(await client.say('MAIL FROM:<>')).toBe(reply);
  });
});

describe('a refusal', () => {
  test.each<[string, IntakeOptions, string, string, object]>([
    [
      'of a stranger, who is told the address that is unknown',
      { clients: [createClient('cluster', { networks: createNetworks('10.0.0.0/8') })] },
      'MAIL FROM:<>',
      '550 5.7.1 127.0.0.1 may not send mail here',
      { stage: 'mail', reason: 'unknownClient', status: '5.7.1' },
    ],
    [
      'of a stranger who could log in',
      { clients: [createClient('shop', { username: 'wp' })] },
      'MAIL FROM:<>',
      '530 5.7.0 Log in first: 127.0.0.1 may not send without',
      { stage: 'mail', reason: 'loginRequired', status: '5.7.0' },
    ],
    [
      'of a sender',
      {
        checkReversePath: () =>
          failed('5.7.1', { reason: 'permission', diagnostic: 'Not his', reply: 'Not as him' }),
      },
      'MAIL FROM:<boss@b.example>',
      '550 5.7.1 Not as him',
      { stage: 'mail', reason: 'senderNotAllowed', diagnostic: 'Not his', client: 'local' },
    ],
    [
      'for want of room',
      { overload: () => deferred('4.3.1', { reason: 'internal', diagnostic: 'Disk full' }) },
      'MAIL FROM:<>',
      '452 4.3.1 There is no room for more mail; try again later',
      { stage: 'mail', reason: 'store', diagnostic: 'Disk full', client: 'local' },
    ],
  ])('%s', async (_, options, command, reply, event) => {
    await using intake = await startIntake(options);
    using client = await startSession(intake);
    expect(await client.say(command)).toBe(reply);
    expect(refusals(intake)).toMatchObject([{ listener: 'test', ip: '127.0.0.1', ...event }]);
  });

  test('of one recipient leaves the others', async () => {
    const local = createClient('local', {
      recipients: createPatterns('*@contoso.com'),
      recipientsPerMessage: 2,
    });
    await using intake = await startIntake({ clients: [local] });
    using client = await startSession(intake);
    const recipients = ['a@contoso.com', 'x@gmail.com', 'b@contoso.com', 'c@contoso.com'];
    const replies = await client.sayAll(
      'MAIL FROM:<>',
      ...recipients.map((recipient) => `RCPT TO:<${recipient}>`),
      'DATA',
      message,
    );
    expect(replies).toEqual([
      '250 2.1.0 Accepted',
      '250 2.1.5 Accepted',
      '550 5.7.1 This recipient is not allowed',
      '250 2.1.5 Accepted',
      '452 4.5.3 Too many recipients; send the rest in another message',
      '354 End data with <CR><LF>.<CR><LF>',
      '250 2.0.0 queued as message-1',
    ]);
    expect(intake.kept[0]?.envelope.forwardPaths).toEqual(['a@contoso.com', 'b@contoso.com']);
    expect(refusals(intake)).toMatchObject([
      { stage: 'rcpt', reason: 'routing', client: 'local' },
      { stage: 'rcpt', reason: 'tooManyRecipients', client: 'local' },
    ]);
  });
});

describe('a message', () => {
  test('larger than the limit is refused at its dot, and the session goes on', async () => {
    await using intake = await startIntake({ limits: { messageBytes: 1000 } });
    expect(await sendTwo(intake, `${'x'.repeat(1050)}\r\n.`)).toEqual([
      '552 5.3.4 The message is too large: at most 1000 bytes are taken',
      '250 2.0.0 queued as message-1',
    ]);
    expect(refusals(intake)).toMatchObject([
      { stage: 'data', reason: 'tooLarge', status: '5.3.4', client: 'local' },
    ]);
  });

  test('far larger than the limit is cut off', async () => {
    await using intake = await startIntake({ limits: { messageBytes: 1000 } });
    using client = await startData(intake);
    await client.write('x'.repeat(100_000));
    expect(await client.readAll()).toBe(
      '552 5.3.4 The message is too large: at most 1000 bytes are taken',
    );
    await intake.happened('connectionClosed');
    expect(intake.kept).toEqual([]);
    expect(intake.events.map(({ name }) => name)).toEqual([
      'connectionOpened',
      'refused',
      'connectionClosed',
    ]);
  });

  test('that holds a NUL is refused, and the session goes on', async () => {
    await using intake = await startIntake();
    expect(await sendTwo(intake, 'Subject: \0\r\n\r\nx\r\n.')).toEqual([
      '554 5.6.0 The message holds a NUL character',
      '250 2.0.0 queued as message-1',
    ]);
  });

  test('that comes too slowly is cut off', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({
      clock,
      dataPace: { graceMs: 10_000, minBytesPerSecond: 500, longestMs: 60_000 },
    });
    using client = await startData(intake);
    await client.write('Subject: slow');
    clock.advance(10_000);
    expect(await client.readAll()).toBe('421 4.4.2 The message came too slowly');
    await intake.happened('connectionClosed');
    expect(intake.kept).toEqual([]);
    expect(refusals(intake)).toMatchObject([{ stage: 'data', reason: 'timeout' }]);
  });

  test('whose client vanishes half-way leaves nothing', async () => {
    const failures: unknown[] = [];
    const started = Promise.withResolvers<void>();
    await using intake = await startIntake({
      async accept({ content }) {
        started.resolve();
        await readText(content).catch((error: unknown) => {
          failures.push(error);
          throw error;
        });
        return { kind: 'accepted', id: 'never' };
      },
    });
    const client = await startData(intake);
    await client.write('Subject: half\r\n\r\nHalf of');
    await started.promise;
    client.socket.destroy();
    expect(await intake.happened('clientVanished')).toMatchObject({ ip: '127.0.0.1' });
    expect(failures).toHaveLength(1);
    expect(intake.events.map(({ name }) => name)).not.toContain('fault');
  });

  test('whose client vanishes between dot and answer is kept whole', async () => {
    const committing = Promise.withResolvers<void>();
    const committed = Promise.withResolvers<Acceptance>();
    const texts: string[] = [];
    await using intake = await startIntake({
      async accept({ content }) {
        texts.push(await readText(content));
        committing.resolve();
        return await committed.promise;
      },
    });
    const client = await startData(intake);
    await client.write(`${message}\r\n`);
    await committing.promise;
    client.socket.resetAndDestroy();
    await intake.happened('connectionClosed');
    committed.resolve({ kind: 'accepted', id: 'kept' });
    await intake.listener.drain({ graceMs: 10_000 });
    expect(texts).toEqual(['Subject: x\r\n\r\nBody\r\n']);
    expect(intake.events.map(({ name }) => name)).toEqual(['connectionOpened', 'connectionClosed']);
  });
});

describe('an accept', () => {
  test.each<[string, NonNullable<IntakeOptions['accept']>]>([
    ['throws', () => Promise.reject(new Error('Bug'))],
    [
      'throws at once',
      () => {
        throw new Error('Bug');
      },
    ],
    ['answers nothing', () => Promise.resolve<never>(undefined as never)],
  ])('that %s defers the message, and the session goes on', async (_, broken) => {
    let calls = 0;
    await using intake = await startIntake({
      async accept(transaction) {
        if (++calls === 1) return await broken(transaction);
        await readText(transaction.content);
        return { kind: 'accepted', id: 'second' };
      },
    });
    expect(await sendTwo(intake, message)).toEqual([
      '451 4.3.0 Mail cannot be taken; try again later',
      '250 2.0.0 queued as second',
    ]);
    expect(await intake.happened('fault')).toMatchObject({ where: 'smtp' });
  });

  test('that throws, and whose fault cannot be told, defers the message as well', async () => {
    let calls = 0;
    await using intake = await startIntake({
      async accept({ content }) {
        if (++calls === 1) throw new Error('Bug');
        await readText(content);
        return { kind: 'accepted', id: 'second' };
      },
      events: {
        fault({ error }) {
          if (error instanceof Error && error.message === 'Bug') throw new Error('No log');
        },
      },
    });
    expect(await sendTwo(intake, message)).toEqual([
      '451 4.3.0 Mail cannot be taken; try again later',
      '250 2.0.0 queued as second',
    ]);
  });

  test('that refuses before the end is quoted after the dot', async () => {
    const refused = Promise.withResolvers<void>();
    await using intake = await startIntake({
      accept: () => {
        refused.resolve();
        const reply = 'Not today';
        return Promise.resolve(
          failed('5.7.1', { reason: 'content', diagnostic: 'Rule "noise" refuses', reply }),
        );
      },
    });
    using client = await startData(intake);
    await client.write('Subject: x\r\n\r\nNOOP\r\n');
    await refused.promise;
    expect(await client.say('MAIL FROM:<evil@b.example>\r\n.')).toBe('554 5.7.1 Not today');
    expect(await client.say('NOOP')).toBe('250 2.0.0 OK');
    expect(refusals(intake)).toMatchObject([
      { stage: 'data', reason: 'badContent', diagnostic: 'Rule "noise" refuses' },
    ]);
  });

  test('that takes too long is given up, and its late yes is reported', async () => {
    const clock = new ManualClock();
    const read = Promise.withResolvers<void>();
    const late = Promise.withResolvers<Acceptance>();
    await using intake = await startIntake({
      clock,
      acceptTimeoutMs: 60_000,
      async accept({ content }) {
        await readText(content);
        read.resolve();
        return await late.promise;
      },
    });
    using client = await startData(intake);
    await client.write(`${message}\r\n`);
    await read.promise;
    clock.advance(60_001);
    expect(await client.read()).toBe('451 4.4.5 Taking the message took too long; try again later');
    expect(await client.say('NOOP')).toBe('250 2.0.0 OK');
    late.resolve({ kind: 'accepted', id: 'late' });
    expect(await intake.happened('fault')).toMatchObject({ where: 'smtp', id: 'late' });
    expect(refusals(intake)).toMatchObject([{ stage: 'data', reason: 'timeout' }]);
  });

  test('that hangs in the middle is given up, and may no longer read', async () => {
    const clock = new ManualClock();
    const started = Promise.withResolvers<void>();
    const stuck = Promise.withResolvers<void>();
    const afterwards = Promise.withResolvers<unknown>();
    await using intake = await startIntake({
      clock,
      acceptTimeoutMs: 60_000,
      async accept({ content }) {
        const pieces = content[Symbol.asyncIterator]();
        await pieces.next();
        started.resolve();
        await stuck.promise;
        await pieces.next().catch(afterwards.resolve);
        return { kind: 'accepted', id: 'never' };
      },
    });
    using client = await startData(intake);
    await client.write('Subject: x\r\n');
    await started.promise;
    clock.advance(60_001);
    expect(await client.say('\r\nMore\r\n.')).toMatch(/^451 4\.4\.5 /);
    stuck.resolve();
    expect(await afterwards.promise).toMatchObject({
      message: 'The message was given up: reading it went on too late',
    });
  });
});
