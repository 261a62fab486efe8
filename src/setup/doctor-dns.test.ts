import { afterEach, describe, expect, test } from 'vitest';
import { startDnsServer, type DnsRecords } from '../../test/support/dns-server.ts';
import type { Finding } from './doctor-check.ts';
import { domainCheck } from './doctor-dns.ts';

const stack: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of stack.splice(0)) await each[Symbol.asyncDispose]();
});

const microsoft = 'spf.protection.outlook.com';

async function examine(domain: string, records: DnsRecords): Promise<readonly Finding[]> {
  const world = { [microsoft]: ['v=spf1 ip4:192.0.2.0/24 -all'] };
  const server = await startDnsServer({ ...records, TXT: { ...world, ...records.TXT } });
  stack.push(server);
  const options = { resolver: server.resolver, spfInclude: microsoft };
  return await domainCheck(domain, options).run(new AbortController());
}

function states(findings: readonly Finding[]) {
  return Object.fromEntries(findings.map(({ check, state }) => [check, state]));
}

const spf = 'v=spf1 include:spf.protection.outlook.com -all';
const cname = {
  'selector1._domainkey.contoso.com': 'selector1-contoso-com._domainkey.contoso.onmicrosoft.com',
  'selector2._domainkey.contoso.com': 'selector2-contoso-com._domainkey.contoso.onmicrosoft.com',
};

describe('domainCheck()', () => {
  test('is content with a domain that Microsoft 365 sends for', async () => {
    const findings = await examine('contoso.com', {
      TXT: {
        'contoso.com': ['MS=ms1', spf],
        '_dmarc.contoso.com': ['v=DMARC1; p=reject; rua=mailto:a@contoso.com'],
      },
      CNAME: cname,
    });
    expect(states(findings)).toEqual({ spf: 'ok', dkim: 'ok', dmarc: 'ok' });
  });

  test('says of no record that there is none where DNS does not know the world', async () => {
    const findings = await examine('contoso.com', { TXT: { [microsoft]: [] } });
    expect(states(findings)).toEqual({ spf: 'warning', dkim: 'warning', dmarc: 'warning' });
    for (const { text } of findings) expect(text).toBe('DNS did not answer');
  });

  test('says which records to publish where there are none', async () => {
    const findings = await examine('contoso.com', {});
    expect(states(findings)).toEqual({ spf: 'warning', dkim: 'warning', dmarc: 'warning' });
    expect(findings[0]?.fix).toBe(
      'Publish TXT contoso.com "v=spf1 include:spf.protection.outlook.com -all"',
    );
    expect(findings[1]?.text).toContain('selector2._domainkey.contoso.com');
    expect(findings[2]?.fix).toContain('_dmarc.contoso.com "v=DMARC1; p=none;');
  });

  test.each([
    ['others alone', ['v=spf1 ip4:192.0.2.1 -all'], 'failure', /does not let Microsoft 365 send/],
    ['two records', [spf, 'v=spf1 -all'], 'failure', /2 SPF records, so none counts/],
    ['another include', ['v=spf1 include:_spf.example.net ~all'], 'warning', /does not name/],
    [
      'a long one, in two strings',
      [`v=spf1 ${'ip4:192.0.2.1 '.repeat(20)}include:spf.protection.outlook.com ~all`],
      'ok',
      /lets/,
    ],
    ['one of another version', ['v=spf10 include:spf.protection.outlook.com'], 'warning', /no SPF/],
  ])('of SPF with %s', async (_name, records, state, words) => {
    const [found] = await examine('contoso.com', { TXT: { 'contoso.com': records } });
    expect(found).toMatchObject({ check: 'spf', state, text: expect.stringMatching(words) });
  });

  test.each([
    [
      'of the domain above',
      { '_dmarc.contoso.com': ['v=DMARC1; p=none'] },
      'ok',
      /of contoso\.com/,
    ],
    ['without a policy', { '_dmarc.shop.contoso.com': ['v=DMARC1;'] }, 'failure', /no policy/],
    [
      'twice',
      { '_dmarc.shop.contoso.com': ['v=DMARC1; p=none', 'v=DMARC1; p=none'] },
      'failure',
      /none counts/,
    ],
  ])('of DMARC %s', async (_name, TXT, state, words) => {
    const found = (await examine('shop.contoso.com', { TXT }))[2];
    expect(found).toMatchObject({ check: 'dmarc', state, text: expect.stringMatching(words) });
  });

  test('says that DNS did not answer, and no more', async () => {
    const away = () => Promise.reject(Object.assign(new Error('timeout'), { code: 'ETIMEOUT' }));
    const resolver = { resolveTxt: away, resolveCname: away };
    const findings = await domainCheck('contoso.com', { resolver, spfInclude: 'x' }).run(
      new AbortController(),
    );
    expect(findings.map(({ state, code }) => [state, code])).toEqual(
      Array.from({ length: 3 }, () => ['warning', 'ETIMEOUT']),
    );
  });
});
