import { describe, expect, test } from 'vitest';
import { networkCheck, type HostAnswer, type HostProbe } from './doctor-network.ts';

const now = Date.UTC(2026, 10, 22, 12);

async function examine(answer: HostAnswer, changes: Partial<HostProbe> = {}) {
  const probe: HostProbe = {
    ...{ host: 'graph.microsoft.com', what: 'Microsoft Graph' },
    lookUp: () => Promise.resolve(['192.0.2.1']),
    ask: () => Promise.resolve(answer),
    ...changes,
  };
  const findings = await networkCheck(probe, { now: () => now }).run(new AbortController());
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}

function answerAt(date: number): HostAnswer {
  return { kind: 'answer', status: 401, date };
}

describe('networkCheck()', () => {
  test.each([
    [0, 'ok', 'The clocks agree'],
    [45_000, 'warning', 'The clock of this machine is 45 seconds behind'],
    [
      -400_000,
      'failure',
      'The clock of this machine is 400 seconds ahead: Entra refuses its proofs',
    ],
  ])('of a clock that is %d ms away says %s', async (offMs, state, text) => {
    expect((await examine(answerAt(now + offMs)))['clock']).toMatchObject({ state, text });
  });

  test('asks nothing of a host whose name is not found', async () => {
    const lookUp = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    const found = await examine(answerAt(now), { lookUp });
    expect(Object.keys(found)).toEqual(['dns']);
    expect(found['dns']).toMatchObject({ state: 'failure', code: 'ENOTFOUND' });
  });

  test('looks no name up where a proxy does', async () => {
    const found = await examine(answerAt(now), {
      proxy: 'proxy.contoso.com:8080',
      lookUp: () => Promise.reject(new Error('There is no DNS here')),
    });
    expect(Object.values(found).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
  });

  test('names the proxy where it is the proxy that does not answer', async () => {
    const trouble = {
      kind: 'trouble',
      problem: 'There is no way to Microsoft Graph',
      remedy: 'Check the firewall',
      code: 'ECONNREFUSED',
    } as const;
    const proxy = 'proxy.contoso.com:8080';
    expect((await examine(trouble, { proxy }))['tls']).toMatchObject({
      text: 'The proxy proxy.contoso.com:8080 does not answer',
      code: 'ECONNREFUSED',
      fix: expect.stringMatching(/HTTPS_PROXY/),
    });
    expect((await examine(trouble))['tls']?.text).toBe(trouble.problem);
  });

  test('takes trouble of the host for no failure of ours', async () => {
    const found = await examine({ kind: 'answer', status: 503 });
    expect(found['tls']).toMatchObject({ state: 'warning', code: 'HTTP 503' });
    expect(found['clock']).toBeUndefined();
  });
});
