import { describe, expect, test } from 'vitest';
import type { SignInReport } from '../core/sign-in.ts';
import type { Clock, TokenFailure } from './ports.ts';
import { SignIns, type AskedSignIn, type SignInWay } from './sign-ins.ts';

const account = 'ann@contoso.com';
const code = { kind: 'code', url: 'https://microsoft.com/devicelogin', userCode: 'ABCD' } as const;
const declined: TokenFailure = {
  kind: 'failure',
  error: 'authorization_declined',
  codes: [],
  description: 'No',
};

type Ended = Awaited<ReturnType<SignInWay['signIn']>>;

/** One whose sign-ins are shown and ended by hand. */
function setUp() {
  const asked: AskedSignIn[] = [];
  const ends: ((ended: Ended) => void)[] = [];
  const told: (readonly [string, SignInReport])[] = [];
  let timeIsUp = () => {};
  const clock: Clock = {
    now: () => 1_000,
    wait: (_delayMs, { signal }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => resolve());
      timeIsUp = resolve;
      return promise;
    },
  };
  const signIn = (one: AskedSignIn) => {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    one.signal.addEventListener('abort', () => resolve({ ...declined, error: 'sign_in_ended' }));
    asked.push(one);
    ends.push(resolve);
    return promise;
  };
  const signIns = new SignIns({
    clock,
    waysOf: (connection) =>
      connection === 'none'
        ? { refused: 'unknownConnection', why: 'It does not exist' }
        : { account, signIn },
    explain: ({ error }) => `explained ${error}`,
    onEnd: (...ended) => told.push(ended),
  });
  return { signIns, asked, ends, told, timeIsUp: () => timeIsUp() };
}

async function startShown({ signIns, asked }: ReturnType<typeof setUp>) {
  const starting = signIns.start('personal');
  asked.at(-1)?.show(code);
  return await starting;
}

const underWay = { state: 'underWay', account, endsAt: 901_000, step: code };

describe('SignIns', () => {
  test('tells what to do, and then who has signed in', async () => {
    const all = setUp();
    expect(all.signIns.look('personal')).toBeUndefined();
    expect(await startShown(all)).toEqual(underWay);
    expect(all.signIns.look('personal')).toEqual(underWay);
    all.ends[0]?.({ kind: 'signedIn', username: account, name: 'Ann' });
    await expect.poll(() => all.signIns.look('personal')?.state).toBe('signedIn');
    const signedIn = {
      ...{ state: 'signedIn', account, endsAt: 901_000 },
      signedInAs: { username: account, name: 'Ann' },
    };
    expect(all.signIns.look('personal')).toEqual(signedIn);
    expect(all.told).toEqual([['personal', signedIn]]);
    expect(all.asked[0]?.signal.aborted).toBe(true);
  });

  test('has one at a time for each connection, and another one when that has ended', async () => {
    const all = setUp();
    await startShown(all);
    expect(await all.signIns.start('personal')).toEqual(underWay);
    expect(all.asked).toHaveLength(1);
    const other = all.signIns.start('other');
    all.asked[1]?.show(code);
    await other;
    expect(all.asked).toHaveLength(2);
    all.ends[0]?.(declined);
    await expect
      .poll(() => all.signIns.look('personal'))
      .toMatchObject({ state: 'notSignedIn', error: 'explained authorization_declined' });
    expect(await startShown(all)).toEqual(underWay);
    expect(all.asked).toHaveLength(3);
  });

  test('tells at once where nothing could be shown', async () => {
    const all = setUp();
    const starting = all.signIns.start('personal');
    all.ends[0]?.({ ...declined, error: 'network' });
    expect(await starting).toMatchObject({ state: 'notSignedIn', error: 'explained network' });
  });

  test('gives up after its time', async () => {
    const all = setUp();
    await startShown(all);
    all.timeIsUp();
    await expect
      .poll(() => all.signIns.look('personal'))
      .toMatchObject({ state: 'notSignedIn', error: 'explained sign_in_ended' });
    expect(all.told).toHaveLength(1);
  });

  test('ends with the gateway, of which nobody is told', async () => {
    const all = setUp();
    const starting = all.signIns.start('personal');
    all.signIns[Symbol.dispose]();
    expect(await starting).toMatchObject({ state: 'notSignedIn' });
    expect(all.asked[0]?.signal.aborted).toBe(true);
    expect(all.told).toEqual([]);
    expect(all.signIns.look('personal')).toBeUndefined();
  });

  test('says why nobody can sign in', async () => {
    const { signIns, asked } = setUp();
    expect(await signIns.start('none')).toMatchObject({ refused: 'unknownConnection' });
    expect(asked).toEqual([]);
  });
});
