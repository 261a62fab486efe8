import { scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createClient, createSecrets, ManualClock } from '../../test/dialogs/intake.ts';
import type { LoginSecret } from '../config/secrets.ts';
import { Logins, type LoginResult, type LoginSettings } from './logins.ts';

const signal = new AbortController().signal;

/** Cheap, so that tests are. */
function hashOf(password: string): LoginSecret {
  const salt = Buffer.from('salt of sixteen.');
  const hash = scryptSync(password, salt, 32, { N: 16, r: 1, p: 1 });
  return { kind: 'hash', hash: { logN: 4, r: 1, p: 1, salt, hash } };
}

const settings: LoginSettings = {
  clients: [
    createClient('network'),
    createClient('shop', { username: 'wp' }),
    createClient('blog', { username: 'wp' }),
    createClient('erp', { username: 'erp' }),
  ],
  secrets: createSecrets({ shop: hashOf('one'), blog: hashOf('two'), erp: hashOf('three') }),
  failuresPerMinute: 3,
};

/** Logs in from 10.0.0.1 at a clock that waits for nobody: every wait ends at once, and is noted. */
function start(changes: Partial<LoginSettings> = {}): {
  logins: Logins;
  clock: ManualClock;
  logIn: (username: string, password: string, ip?: string) => Promise<LoginResult>;
} {
  const clock = new ImpatientClock();
  const logins = new Logins({ ...settings, ...changes }, clock);
  return {
    logins,
    clock,
    logIn: (username, password, ip = '10.0.0.1') =>
      logins.attempt({ username, password, ip }, { signal }),
  };
}

class ImpatientClock extends ManualClock {
  override wait(delayMs: number): Promise<void> {
    this.waits.push(delayMs);
    return Promise.resolve();
  }
}

describe('Logins.attempt()', () => {
  test('names the clients whose password it is', async () => {
    const { logIn } = start();
    expect(await logIn('wp', 'two')).toEqual({
      kind: 'success',
      login: { username: 'wp', clients: ['blog'] },
    });
  });

  test.each([
    ['wp', 'three'],
    ['wp', ''],
    ['WP', 'one'],
    ['nobody', 'one'],
    ['', ''],
  ])('refuses %j with %j', async (username, password) => {
    const { logIn } = start();
    expect(await logIn(username, password)).toEqual({ kind: 'badCredentials' });
  });

  test('locks an address after its failures, for a minute', async () => {
    const { logIn, clock } = start();
    for (const user of ['a', 'b', 'c']) {
      expect(await logIn(user, 'guess')).toEqual({ kind: 'badCredentials' });
    }
    expect(await logIn('d', 'guess')).toEqual({ kind: 'locked' });
    expect(await logIn('wp', 'one')).toEqual({ kind: 'locked' });
    expect(await logIn('wp', 'one', '10.0.0.2')).toMatchObject({ kind: 'success' });
    clock.advance(60_000);
    expect(await logIn('erp', 'three')).toMatchObject({ kind: 'success' });
  });

  test('locks a user whose failures come from many addresses', async () => {
    const { logIn } = start();
    for (const ip of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) await logIn('wp', 'guess', ip);
    expect(await logIn('wp', 'one', '10.0.0.4')).toEqual({ kind: 'locked' });
    expect(await logIn('erp', 'three', '10.0.0.4')).toMatchObject({ kind: 'success' });
  });

  test('lets a login that was good go on while its user and address are locked', async () => {
    const { logIn } = start();
    await logIn('wp', 'one');
    for (const guess of ['a', 'b', 'c']) await logIn('wp', guess);
    expect(await logIn('wp', 'd')).toEqual({ kind: 'locked' });
    expect(await logIn('wp', 'one')).toMatchObject({ kind: 'success' });
  });

  test('forgets a good login after five minutes', async () => {
    const { logIn, clock } = start();
    await logIn('wp', 'one');
    clock.advance(299_999);
    for (const guess of ['a', 'b', 'c']) await logIn('wp', guess);
    expect(await logIn('wp', 'one')).toMatchObject({ kind: 'success' });
    clock.advance(1);
    expect(await logIn('wp', 'one')).toEqual({ kind: 'locked' });
  });

  test('counts no good logins, however many there are', async () => {
    const { logIn } = start();
    for (let round = 0; round < 50; round++) {
      expect(await logIn('erp', 'three')).toMatchObject({ kind: 'success' });
    }
    expect(await logIn('wp', 'one')).toMatchObject({ kind: 'success' });
  });

  test('answers failures later and later, good logins at once', async () => {
    const { logIn, clock } = start({ failuresPerMinute: 100 });
    for (let round = 0; round < 6; round++) await logIn('wp', 'guess');
    await logIn('wp', 'one');
    expect(clock.waits).toEqual([250, 500, 1000, 2000, 4000, 4000]);
  });

  test('stops a burst of guesses at about its share', async () => {
    const { logIn } = start();
    const guesses = Array.from({ length: 40 }, (_, index) => logIn('wp', `guess ${index}`));
    const results = await Promise.all(guesses);
    const tried = results.filter(({ kind }) => kind === 'badCredentials');
    expect(tried.length).toBeGreaterThanOrEqual(3);
    expect(tried.length).toBeLessThanOrEqual(4);
  });

  test('hashes a password that comes in a burst only once', async () => {
    const { logIn } = start();
    const attempts = [
      logIn('wp', 'one'),
      ...['a', 'b', 'c', 'd', 'e', 'f'].map((guess) => logIn('wp', guess)),
    ];
    const again = logIn('wp', 'one');
    await Promise.all(attempts);
    expect(await again).toMatchObject({ kind: 'success' });
  });

  test('rejects when a hash cannot be computed', async () => {
    const broken: LoginSecret = {
      kind: 'hash',
      hash: { logN: 0, r: 1, p: 1, salt: Buffer.alloc(16), hash: Buffer.alloc(32) },
    };
    const { logIn } = start({ secrets: createSecrets({ shop: broken }) });
    await expect(logIn('wp', 'one')).rejects.toThrow('Invalid scrypt params');
  });
});

describe('Logins.configure()', () => {
  test('forgets the logins of before', async () => {
    const { logins, logIn } = start();
    await logIn('wp', 'one');
    logins.configure({ ...settings, secrets: createSecrets({ shop: hashOf('new') }) });
    expect(await logIn('wp', 'one')).toEqual({ kind: 'badCredentials' });
    expect(await logIn('wp', 'new')).toMatchObject({ kind: 'success' });
  });

  test('lets no login under way be remembered under the new settings', async () => {
    const { logins, logIn } = start();
    const underWay = logIn('wp', 'one');
    await Promise.resolve();
    logins.configure({ ...settings, secrets: createSecrets({ shop: hashOf('new') }) });
    await underWay;
    expect(await logIn('wp', 'one')).toEqual({ kind: 'badCredentials' });
  });
});
