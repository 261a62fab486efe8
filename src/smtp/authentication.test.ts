import { createTransport } from 'nodemailer';
import { describe, expect, test } from 'vitest';
import {
  connectFrom,
  createClient,
  createSecrets,
  ManualClock,
  startIntake,
  type Intake,
  type IntakeOptions,
} from '../../test/dialogs/intake.ts';
import { connectGreeted, type RawClient } from '../../test/dialogs/raw-client.ts';

const patrolMs = 777;

/** Only the patrol waits; the delays after failures end at once. */
class HastyClock extends ManualClock {
  override async wait(delayMs: number, options: { readonly signal: AbortSignal }): Promise<void> {
    if (delayMs === patrolMs) await super.wait(delayMs, options);
    else this.waits.push(delayMs);
  }
}

/** Says when it is asked to wait for the delay after a first failure. */
class WatchedClock extends ManualClock {
  readonly delaying = Promise.withResolvers<void>();

  override async wait(delayMs: number, options: { readonly signal: AbortSignal }): Promise<void> {
    if (delayMs === firstDelayMs) this.delaying.resolve();
    await super.wait(delayMs, options);
  }
}

const firstDelayMs = 250;

async function startShop(options: IntakeOptions = {}): Promise<Intake> {
  return await startIntake({
    clock: new HastyClock(),
    patrolMs,
    clients: [createClient('shop', { username: 'wp' })],
    secrets: createSecrets({ shop: 'grün=secret' }),
    ...options,
  });
}

async function startSession(intake: Intake): Promise<RawClient> {
  const client = await connectGreeted(intake.listener.address);
  await client.say('EHLO me');
  return client;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function plain(username: string, password: string, authzid = ''): string {
  return base64(`${authzid}\0${username}\0${password}`);
}

const good = '235 2.7.0 Authentication successful';
const wrong = '535 5.7.8 User name or password is wrong';

describe('AUTH', () => {
  test('is offered with PLAIN and LOGIN, and no longer once somebody is logged in', async () => {
    await using intake = await startShop();
    using client = await startSession(intake);
    expect(await client.say('EHLO me')).toContain('\n250-AUTH PLAIN LOGIN\n');
    expect(await client.say(`AUTH PLAIN ${plain('wp', 'grün=secret')}`)).toBe(good);
    expect(await client.say('EHLO me')).not.toContain('AUTH');
    expect(await client.say(`AUTH PLAIN ${plain('wp', 'grün=secret')}`)).toMatch(/^503 5\.5\.1 /);
  });

  test('is not offered where no client has a login', async () => {
    await using intake = await startIntake();
    using client = await startSession(intake);
    expect(await client.say('EHLO me')).not.toContain('AUTH');
  });

  test.each([
    ['PLAIN', [`AUTH PLAIN ${plain('wp', 'grün=secret')}`]],
    ['PLAIN in two steps', ['AUTH PLAIN', plain('wp', 'grün=secret')]],
    ['a lower-case mechanism', [`auth plain ${plain('wp', 'grün=secret')}`]],
    ['base64 without padding', [`AUTH PLAIN ${plain('wp', 'grün=secret').replaceAll('=', '')}`]],
    ['the user as authorization identity', [`AUTH PLAIN ${plain('wp', 'grün=secret', 'wp')}`]],
    ['LOGIN', ['AUTH LOGIN', base64('wp'), base64('grün=secret')]],
    ['LOGIN with the user at once', [`AUTH LOGIN ${base64('wp')}`, base64('grün=secret')]],
  ])('takes %s', async (_, commands) => {
    await using intake = await startShop();
    using client = await startSession(intake);
    expect((await client.sayAll(...commands)).at(-1)).toBe(good);
    await client.sayAll('MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA');
    await client.say('Subject: x\r\n\r\n.');
    expect(intake.kept).toMatchObject([{ client: { name: 'shop', login: 'wp' } }]);
    expect(intake.events).toMatchObject([
      { name: 'connectionOpened' },
      { name: 'loginAttempted', username: 'wp', result: 'success' },
    ]);
  });

  test.each([
    ['a wrong password', [`AUTH PLAIN ${plain('wp', 'guess')}`], wrong],
    ['a user that nobody is', [`AUTH PLAIN ${plain('nobody', 'grün=secret')}`], wrong],
    ['acting as somebody else', [`AUTH PLAIN ${plain('wp', 'grün=secret', 'boss')}`], wrong],
    ['no password', ['AUTH LOGIN', base64('wp'), ''], wrong],
    ['no base64', ['AUTH PLAIN ???'], '501 5.5.4 Error: invalid userdata'],
    ['a change of mind', ['AUTH LOGIN', base64('wp'), '*'], '501 5.5.4 Authentication aborted'],
    ['CRAM-MD5', ['AUTH CRAM-MD5'], '504 5.5.4 Error: Unrecognized authentication type'],
    ['XOAUTH2', ['AUTH XOAUTH2'], '504 5.5.4 Error: Unrecognized authentication type'],
  ])('answers to %s, and the session goes on', async (_, commands, reply) => {
    await using intake = await startShop();
    using client = await startSession(intake);
    expect((await client.sayAll(...commands)).at(-1)).toBe(reply);
    expect(await client.say('MAIL FROM:<a@b.example>')).toMatch(/^530 5\.7\.0 /);
  });

  test('ends the connection at the fifth failure', async () => {
    await using intake = await startShop();
    using client = await startSession(intake);
    const guesses = [1, 2, 3, 4, 5].map((guess) => `AUTH PLAIN ${plain('wp', `guess ${guess}`)}`);
    const last = '421 4.7.0 Too many failed logins';
    expect(await client.sayAll(...guesses)).toEqual([wrong, wrong, wrong, wrong, last]);
  });

  test('answers 454 4.7.0 on every connection once there were too many failures', async () => {
    await using intake = await startShop({ limits: { authFailuresPerMinute: 2 } });
    using attacker = await startSession(intake);
    for (const guess of ['a', 'b']) await attacker.say(`AUTH PLAIN ${plain('wp', guess)}`);
    using client = await startSession(intake);
    expect(await client.say(`AUTH PLAIN ${plain('wp', 'grün=secret')}`)).toBe(
      '454 4.7.0 Too many failed logins; try again later',
    );
    expect(intake.events.at(-1)).toMatchObject({ name: 'loginAttempted', result: 'locked' });
  });

  test('answers 454 4.7.0 when a hash cannot be computed', async () => {
    const hash = { logN: 0, r: 1, p: 1, salt: Buffer.alloc(16), hash: Buffer.alloc(32) };
    await using intake = await startShop({
      secrets: createSecrets({ shop: { kind: 'hash', hash } }),
    });
    using client = await startSession(intake);
    expect(await client.say(`AUTH PLAIN ${plain('wp', 'x')}`)).toMatch(/^454 4\.7\.0 /);
    expect(await intake.happened('fault')).toMatchObject({ where: 'smtp' });
    expect(intake.events.at(-1)).toMatchObject({ name: 'loginAttempted', result: 'error' });
  });

  test('does not keep the delay of a failure for a client that has gone', async () => {
    const clock = new WatchedClock();
    await using intake = await startShop({ clock });
    const client = await startSession(intake);
    await client.write(`AUTH PLAIN ${plain('wp', 'guess')}\r\n`);
    await clock.delaying.promise;
    client.socket.destroy();
    expect(await intake.happened('loginAttempted')).toMatchObject({ result: 'badCredentials' });
  });

  test('is answered before a listener that drains takes leave', async () => {
    const clock = new WatchedClock();
    await using intake = await startShop({ clock });
    using client = await startSession(intake);
    await client.write(`AUTH PLAIN ${plain('wp', 'guess')}\r\n`);
    await clock.delaying.promise;
    const drained = intake.listener.drain({ graceMs: 60_000 });
    clock.advance(firstDelayMs);
    const goodbye = '421 4.3.2 Shutting down; try again later';
    expect(await client.readAll()).toBe(`${wrong}\n${goodbye}`);
    await drained;
  });

  test('shows no password in any event', async () => {
    await using intake = await startShop();
    using client = await startSession(intake);
    await client.sayAll(
      `AUTH PLAIN ${plain('wp', 'hunter2')}`,
      'AUTH LOGIN',
      base64('wp'),
      base64('hunter2'),
      'MAIL FROM:<>',
    );
    const events = JSON.stringify(intake.events);
    expect(events).not.toContain('hunter2');
    expect(events).not.toContain(base64('hunter2'));
  });

  test('may stand before every one of many messages', async () => {
    await using intake = await startShop({ limits: { authFailuresPerMinute: 2 } });
    const { host, port } = intake.listener.address;
    const auth = { user: 'wp', pass: 'grün=secret' };
    const transport = createTransport({ host, port, auth });
    for (let message = 0; message < 20; message++) {
      await transport.sendMail({ from: 'a@b.example', to: 'c@d.example', text: 'x' });
    }
    expect(intake.kept).toHaveLength(20);
  });
});

describe('AUTH in clear', () => {
  const shop: IntakeOptions = {
    clients: [createClient('shop', { username: 'wp' })],
    secrets: createSecrets({ shop: 'secret' }),
  };
  const login = `AUTH PLAIN ${plain('wp', 'secret')}`;

  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
    'is taken from this machine: %s',
    async (ip) => {
      using client = await connectFrom(ip, shop);
      expect(await client.say('EHLO me')).toContain('AUTH PLAIN LOGIN');
      expect(await client.say(login)).toBe(good);
    },
  );

  test.each(['10.0.0.1', '128.0.0.1', 'fd00::1'])(
    'is neither offered nor taken from elsewhere: %s',
    async (ip) => {
      using client = await connectFrom(ip, shop);
      expect(await client.say('EHLO me')).not.toContain('AUTH');
      expect(await client.say(login)).toBe('538 5.7.11 Passwords are taken over TLS only');
      expect(await client.say('AUTH LOGIN')).toMatch(/^538 /);
      expect(await client.say('MAIL FROM:<>')).toMatch(new RegExp(`^530 5\\.7\\.0 .*${ip}`));
    },
  );

  test('is taken from everywhere with loginWithoutTls', async () => {
    using client = await connectFrom('10.0.0.1', { ...shop, listener: { loginWithoutTls: true } });
    expect(await client.say('EHLO me')).toContain('AUTH PLAIN LOGIN');
    expect(await client.say(login)).toBe(good);
  });
});
