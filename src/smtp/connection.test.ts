import { SMTPServer } from 'smtp-server';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  connectTalking,
  ManualClock,
  startIntake,
  type IntakeOptions,
} from '../../test/dialogs/intake.ts';
import { connectGreeted, connectRaw } from '../../test/dialogs/raw-client.ts';

/** The code of a method without comments and layout. */
function codeOf(prototype: object, method: string): string {
  return String(Reflect.get(prototype, method))
    .replace(/\/\/.*$/gm, '')
    .replace(/\s+/g, ' ');
}

describe('the library', () => {
  test('still starts a connection as ours starts, but for the delay', () => {
    expect(codeOf(SMTPConnection.prototype, 'init')).toBe(
      'init() { this._setListeners(() => {' +
        ' if (this._server.options.maxClients && this._server.connections.size > this._server.options.maxClients) {' +
        " return this.send(421, this.name + ' Too many connected clients, try again in a moment', false); }" +
        ' let readyTimer = setTimeout(() => this.connectionReady(), 100);' +
        ' readyTimer.unref(); }); }',
    );
  });

  test('still creates a connection as our server does', () => {
    expect(codeOf(SMTPServer.prototype, 'connect')).toBe(
      'connect(socket, socketOptions) {' +
        ' let connection = new SMTPConnection(this, socket, socketOptions);' +
        ' this.connections.add(connection);' +
        " connection.on('error', err => this._onError(err));" +
        " connection.on('connect', data => this._onClientConnect(data));" +
        ' connection.init(); }',
    );
  });
});

describe('a greeting', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('waits for no timer', async () => {
    await using intake = await startIntake({ clock: new ManualClock() });
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
    using client = await connectRaw(intake.listener.address);
    expect(await client.read()).toBe('220 relay.example.com ESMTP');
  });

  test('is not for who talks before it', async () => {
    using client = await connectTalking('EHLO me\r\nMAIL FROM:<a@b.example>\r\n');
    expect(await client.readAll()).toBe('421 4.7.0 relay.example.com You talk too soon');
  });
});

/** The replies to commands of a client that has said EHLO. */
async function replies(
  commands: readonly string[],
  options: IntakeOptions = {},
): Promise<readonly (string | undefined)[]> {
  await using intake = await startIntake(options);
  using client = await connectGreeted(intake.listener.address);
  await client.say('EHLO app.example');
  return await client.sayAll(...commands);
}

describe('a connection', () => {
  test.each([
    ['WIZ secret', '500 5.5.2 Error: command not recognized'],
    ['SHELL', '500 5.5.2 Error: command not recognized'],
    ['KILL', '500 5.5.2 Error: command not recognized'],
    ['STARTTLS', '500 5.5.2 Error: command not recognized'],
    ['XCLIENT ADDR=10.0.0.1', '500 5.5.2 Error: command not recognized'],
    ['AUTH PLAIN AGEAYg==', '502 5.5.1 There are no logins here: send without one'],
    ['POST / HTTP/1.1', '421 4.7.0 HTTP requests not allowed'],
    ['MAIL FROM:<a@b.example> ENVID=ab+0D+0Acd', '501 5.5.4 The ENVID parameter is not valid'],
    ['RCPT TO:<a@b.example> ORCPT=rfc822;a+b@c', '501 5.5.4 The ORCPT parameter is not valid'],
    ['MAIL FROM:<a@b.example> SIZE=-1', '501 5.5.4 Error: Bad message size syntax'],
    ['MAIL FROM:<a\0@b.example>', '501 5.1.7 Error: Bad sender address syntax'],
    ['MAIL FROM:<a@xn--exmple-qv6c.example>', '501 5.1.7 The sender address is not valid'],
    // Decoded, that is a full-width "b" before "ank.com", which others would read as bank.com.
    ['MAIL FROM:<a@xn--ank-r76s.com>', '501 5.1.7 The sender address is not valid'],
    ['MAIL FROM:<a@b@c.example>', '501 5.1.7 Error: Bad sender address syntax'],
    ['MAIL FROM:', '501 5.1.7 Error: Bad sender address syntax'],
    ['x'.repeat(17_000), '421 4.7.0 Error: Command line too long'],
  ])('answers %j with %s', async (command, reply) => {
    expect(await replies([command])).toEqual([reply]);
  });

  test.each([
    'MAIL FROM: < >',
    'mail from:<>',
    'MAIL FROM: <a@b.example>',
    'MAIL FROM:a@b.example SIZE=100',
    'MAIL FROM:<@one.example:a@b.example>',
    'MAIL FROM:<a@[192.168.5.146]>',
    'MAIL FROM:<a@host_with_underscores>',
    'MAIL FROM:<a@bücher.example> SMTPUTF8 BODY=8BITMIME',
  ])('takes %s', async (command) => {
    expect(await replies([command])).toEqual(['250 2.1.0 Accepted']);
  });

  test('reports addresses that nobody could have', async () => {
    await using intake = await startIntake();
    using client = await connectGreeted(intake.listener.address);
    await client.sayAll('EHLO me', 'MAIL FROM:<no address>', 'MAIL FROM:<>', 'RCPT TO:<>');
    expect(intake.events).toMatchObject([
      { name: 'connectionOpened', listener: 'test', ip: '127.0.0.1' },
      { name: 'refused', stage: 'mail', reason: 'badAddress', status: '5.1.7' },
      { name: 'refused', stage: 'rcpt', reason: 'badAddress', status: '5.1.3' },
    ]);
  });

  test('refuses a size beyond the limit at MAIL, and reports it', async () => {
    await using intake = await startIntake({ limits: { messageBytes: 1000 } });
    using client = await connectGreeted(intake.listener.address);
    expect(await client.say('EHLO me')).toContain('SIZE 1000');
    expect(await client.say('MAIL FROM:<> SIZE=1001')).toMatch(/^552 5\.3\.4 /);
    expect(await client.say('MAIL FROM:<> SIZE=1000')).toBe('250 2.1.0 Accepted');
    const [refused] = intake.events.filter(({ name }) => name === 'refused');
    expect(refused).toMatchObject({ stage: 'mail', reason: 'tooLarge', status: '5.3.4' });
  });

  test('ends after a hundred commands that move no mail', async () => {
    const answers = await replies(Array.from({ length: 100 }, () => 'NOOP'));
    expect(new Set(answers.slice(0, 99))).toEqual(new Set(['250 2.0.0 OK']));
    expect(answers[99]).toBe('421 4.7.0 Too many commands without mail');
  });

  test('forgives them after each message', async () => {
    const junk = Array.from({ length: 60 }, () => 'RSET');
    const message = ['MAIL FROM:<>', 'RCPT TO:<a@b.example>', 'DATA', 'Subject: x\r\n\r\nx\r\n.'];
    const answers = await replies([...junk, ...message, ...junk, 'NOOP']);
    expect(answers.at(-1)).toBe('250 2.0.0 OK');
  });

  test('ends after ten commands that nobody knows', async () => {
    const answers = await replies(Array.from({ length: 10 }, () => 'FOO'));
    expect(answers[8]).toBe('500 5.5.2 Error: command not recognized');
    expect(answers[9]).toBe('421 4.7.0 Error: too many unrecognized commands');
  });
});

describe('an idle connection', () => {
  test('ends with 421 4.4.2, also when bytes trickle in', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({ clock, limits: { idleTimeoutMs: 60_000 } });
    using client = await connectGreeted(intake.listener.address);
    await client.say('EHLO me');
    clock.advance(60_000);
    expect(await client.say('NOOP')).toBe('250 2.0.0 OK');
    clock.advance(60_000);
    expect(await client.say('NOOP')).toBe('250 2.0.0 OK');
    await client.write('NOO');
    clock.advance(60_001);
    expect(await client.readAll()).toBe('421 4.4.2 No command for too long');
    expect(await intake.happened('connectionClosed')).toMatchObject({ ip: '127.0.0.1' });
  });

  test('is none while a message is under way', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({
      clock,
      limits: { idleTimeoutMs: 60_000 },
      dataPace: { graceMs: 600_000, minBytesPerSecond: 1, longestMs: 600_000 },
    });
    using client = await connectGreeted(intake.listener.address);
    await client.sayAll('EHLO me', 'MAIL FROM:<>', 'RCPT TO:<a@b.example>', 'DATA');
    clock.advance(60_001);
    expect(await client.say('Subject: x\r\n\r\nx\r\n.')).toBe('250 2.0.0 queued as message-1');
  });
});
