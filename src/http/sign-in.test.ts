// Sign-ins on the page and by the API.
import { describe, expect, test } from 'vitest';
import type { SignInDesk, SignInReport } from '../core/sign-in.ts';
import { expectDeclared } from '../../test/support/checked-answers.ts';
import { hostile, now, setUpAdmin, token, withToken } from '../../test/support/admin-app.ts';

const account = 'ann@contoso.com';
const step = { kind: 'code', url: 'https://microsoft.com/devicelogin', userCode: 'AB-12' } as const;
const underWay: SignInReport = { state: 'underWay', account, endsAt: now + 900_000, step };

function deskOf(report: SignInReport) {
  const started: string[] = [];
  const signIns: SignInDesk = {
    start(connection) {
      if (connection === 'app') {
        return Promise.resolve({ refused: 'notHere', why: 'Nobody signs in for it' });
      }
      if (connection === 'none') {
        return Promise.resolve({ refused: 'unknownConnection', why: 'It does not exist' });
      }
      started.push(connection);
      return Promise.resolve(report);
    },
    look: (connection) => (connection === 'personal' ? report : undefined),
  };
  return { signIns, started };
}

const bearer = { Authorization: `Bearer ${token}` };

describe('the API', () => {
  const path = '/api/v1/connections/personal/login';

  test('starts a sign-in, writes that into the audit log, and tells how far it is', async () => {
    const { signIns, started } = deskOf(underWay);
    const { post, get, acts } = setUpAdmin({ ...withToken, signIns });
    const answer = await post(path, '', bearer);
    await expectDeclared({ method: 'POST', path }, answer.clone());
    const report = { ...underWay, endsAt: new Date(now + 900_000).toISOString() };
    expect(await answer.json()).toEqual(report);
    expect(await (await get(path, bearer)).json()).toEqual(report);
    expect(started).toEqual(['personal']);
    const what = 'connection "personal"';
    expect(acts).toEqual([{ by: 'token', action: 'sign-in', what, deliveries: 0 }]);
  });

  test.each([
    ['none', 404, 'It does not exist'],
    ['app', 409, 'Nobody signs in for it'],
  ])('says why nobody signs in for %s', async (name, status, detail) => {
    const { post, acts } = setUpAdmin({ signIns: deskOf(underWay).signIns });
    const answer = await post(`/api/v1/connections/${name}/login`, '');
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ detail });
    expect(acts).toEqual([]);
  });

  test('knows of no sign-in that was not started', async () => {
    const { get } = setUpAdmin({ signIns: deskOf(underWay).signIns });
    expect((await get('/api/v1/connections/other/login')).status).toBe(404);
  });
});

describe('the page', () => {
  test('starts it by a form of its own alone, for who may', async () => {
    const { signIns, started } = deskOf(underWay);
    const { post, logIn, acts } = setUpAdmin({ ...withToken, signIns });
    expect((await post('/connections/personal/login', '')).status).toBe(401);
    const session = await logIn();
    const foreign = { ...session, Origin: 'https://evil.example' };
    expect((await post('/connections/personal/login', '', foreign)).status).toBe(403);
    expect(started).toEqual([]);
    const answer = await post('/connections/personal/login', '', session);
    expect([answer.status, answer.headers.get('Location')]).toEqual([
      303,
      '/connections/personal/login',
    ]);
    expect(acts).toMatchObject([{ by: 'session', action: 'sign-in' }]);
  });

  test.each<[string, Partial<SignInReport>, readonly string[]]>([
    [
      'the address and the code to enter',
      {},
      [
        'href="https://microsoft.com/devicelogin"',
        '>AB-12</pre>',
        account,
        'Nobody has signed in yet',
      ],
    ],
    [
      'the page of Microsoft for an app with a credential',
      { step: { kind: 'browser', url: 'https://login.example/authorize?a=1&b=2' } },
      [
        'href="https://login.example/authorize?a=1&amp;b=2"',
        'on the machine that the gateway runs',
      ],
    ],
    [
      'no link to what is no page',
      { step: { kind: 'browser', url: 'javascript:alert(1)' } },
      ['<bdi>javascript:alert(1)</bdi>'],
    ],
    [
      'whose account is connected',
      { state: 'signedIn', signedInAs: { name: hostile, username: account } },
      [`Signed in as <bdi>&lt;script&gt;`, `&lt;${account}&gt;`, 'can send'],
    ],
    [
      'why not, and what to do',
      {
        state: 'notSignedIn',
        error: `Another account has signed in than the connection names (other_account): check account, or sign in with it. Cause: "bob@contoso.com" has signed in`,
      },
      ['Another account has signed in', 'To do:', 'bob@contoso.com', 'Start again'],
    ],
  ])('shows %s', async (_what, changes, expected) => {
    const { get } = setUpAdmin({ signIns: deskOf({ ...underWay, ...changes }).signIns });
    const page = await (await get('/connections/personal/login')).text();
    for (const words of expected) expect(page).toContain(words);
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('href="javascript:');
  });

  test('leads back where there is no sign-in, and says why nobody can', async () => {
    const { get, post } = setUpAdmin({ signIns: deskOf(underWay).signIns });
    expect((await get('/connections/other/login')).headers.get('Location')).toBe('/connections');
    const refused = await post('/connections/app/login', '');
    expect([refused.status, await refused.text()]).toEqual([
      409,
      expect.stringContaining('Nobody signs in for it.'),
    ]);
  });
});

describe('GET /login', () => {
  test('asks for the token, whoever comes by the link of the terminal', async () => {
    const { get, logIn } = setUpAdmin(withToken);
    for (const headers of [{}, await logIn()]) {
      const answer = await get('/login', headers);
      expect([answer.status, await answer.text()]).toEqual([
        200,
        expect.stringContaining('name="token"'),
      ]);
    }
  });

  test('leads to the page where no token is asked for', async () => {
    expect((await setUpAdmin().get('/login')).headers.get('Location')).toBe('/');
  });
});
