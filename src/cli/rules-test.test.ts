import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runRulesTest } from './rules-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'graphpost-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

writeFileSync(
  join(folder, 'graphpost.yaml'),
  `clients:
  - { name: erp, networks: [10.0.0.0/8], senders: ['*@contoso.com'] }
connections: { main: { type: sandbox }, other: { type: sandbox } }
default: { send: { via: main } }
routes:
  - name: invoices
    when: { subject: { contains: invoice }, recipient: { endsWith: '@fabrikam.com' } }
    send: { via: other, sendAs: relay@contoso.com }
    from: { force: always, address: billing@contoso.com }
    headers: { set: { X-Route: invoices }, remove: [X-Internal] }
  - { name: noise, when: { subject: { startsWith: '[test]' } }, drop: true }
  - { name: closed, when: { subject: { is: closed } }, refuse: The department is closed }
  - { name: approve, when: { attachment.count: { over: 0 } }, hold: true, send: { via: main } }
`,
);
writeFileSync(
  join(folder, 'file.eml'),
  'From: a@contoso.com\nContent-Disposition: attachment; filename=a.pdf\n\nx\n',
);

async function run(cases: string, json = false) {
  writeFileSync(join(folder, 'cases.yaml'), cases);
  let [out, err] = ['', ''];
  const code = await runRulesTest(
    { files: ['cases.yaml'], config: 'graphpost.yaml', json },
    {
      env: {},
      cwd: folder,
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
    },
  );
  return { code, out, err };
}

const good = `
- name: invoices to customers
  client: erp
  mailFrom: shop@contoso.com
  rcpt: [ann@fabrikam.com, bob@contoso.com]
  headers: { From: Shop <shop@contoso.com>, Subject: Your invoice, X-Internal: "1" }
  expect:
    route: [default, invoices]
    via: [main, other]
    from: [billing@contoso.com, shop@contoso.com]
    sendAs: [shop@contoso.com, relay@contoso.com]
    recipients: [Ann@fabrikam.com, bob@contoso.com]
    dropped: false
    held: false
    refused: false
- client: 10.0.0.1
  rcpt: ann@fabrikam.com
  headers: { From: shop@contoso.com, Subject: Your invoice, X-Internal: "1" }
  expect: { headers: { X-Route: invoices, x-internal: null, From: billing@contoso.com } }
- client: erp
  rcpt: ann@fabrikam.com
  headers: { From: a@contoso.com, Subject: '[test] x' }
  expect: { route: noise, dropped: true, recipients: [], refused: false }
- client: erp
  rcpt: ann@fabrikam.com
  headers: { From: a@contoso.com, Subject: closed }
  expect: { refused: department is closed }
- client: erp
  rcpt: ann@fabrikam.com
  headers: { From: ceo@fabrikam.com }
  expect: { refused: true }
- client: erp
  rcpt: ann@fabrikam.com
  eml: file.eml
  expect: { held: true, route: approve }
- { client: erp, mailFrom: a@contoso.com, rcpt: ann@fabrikam.com, body: Hello, expect: { from: a@contoso.com } }
`;

describe('runRulesTest()', () => {
  test('exits with 0 where all is as expected', async () => {
    expect(await run(good)).toEqual({ code: 0, out: '7 cases, all as expected\n', err: '' });
    expect(await run('[]')).toMatchObject({ code: 0, out: '0 cases, all as expected\n' });
  });

  test('exits with 1 where something differs, and shows what', async () => {
    const { code, out } = await run(`
- name: wrong in many ways
  client: erp
  rcpt: ann@fabrikam.com
  headers: { From: shop@contoso.com, Subject: Your invoice }
  expect:
    route: default
    via: [main, other]
    recipients: [bob@contoso.com]
    dropped: true
    refused: true
    headers: { X-Route: other, X-Missing: here, From: null }

- client: erp
  rcpt: ann@fabrikam.com
  headers: { From: ceo@fabrikam.com }
  expect: { via: main }
- { client: erp, rcpt: ann@fabrikam.com, headers: { From: a@contoso.com }, expect: { route: default } }
- { client: erp, rcpt: ann@fabrikam.com, headers: { From: a@contoso.com }, expect: { refused: x } }
`);
    expect(code).toBe(1);
    expect(out).toMatchInlineSnapshot(`
      "cases.yaml:2: wrong in many ways
        route
          expected default
          got      invoices
        via
          expected main, other
          got      other
        recipients
          expected bob@contoso.com
          got      ann@fabrikam.com
        dropped
          expected true
          got      false
        refused
          expected true
          got      false
        headers.X-Route
          expected other
          got      invoices
        headers.X-Missing
          expected here
          got      none
        headers.From
          expected none
          got      billing@contoso.com

      cases.yaml:14:
        via
          expected main
          got      none
        refused
          expected false
          got      550 5.7.1 Not allowed to send with this From address (Client "erp" may not send with From "ceo@fabrikam.com": it is not among the senders of that client)

      cases.yaml:19:
        refused
          expected x
          got      false

      4 cases, 3 differ
      "
    `);
  });

  test('lets no field of a message give orders to the terminal', async () => {
    writeFileSync(join(folder, 'odd.eml'), 'From: a@contoso.com\nX-Odd: \u{1b}[2J\u{7}here\n\nx\n');
    const { out } = await run(
      '[{ client: erp, rcpt: a@b.com, eml: odd.eml, expect: { headers: { X-Odd: none } } }]',
    );
    expect(out).toContain('    got       [2J here\n');
  });

  test('prints JSON on request', async () => {
    const { code, out } = await run(
      '[{ client: erp, rcpt: a@b.com, headers: { From: a@contoso.com }, expect: { via: other } }]',
      true,
    );
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      ok: false,
      results: [
        {
          place: 'cases.yaml:1',
          name: '',
          differences: [{ key: 'via', expected: 'other', got: 'main' }],
        },
      ],
    });
  });

  test('exits with 2 for a file that is none, and names every fault with its line', async () => {
    const { code, out, err } = await run(`
- client: erp
  rcpt: a@b.com
  expect: { rout: default }
- client: erpp
  rcpt: []
  expect: {}
- client: erp
  rcpt: a@b.com
  eml: absent.eml
  body: x
  expect: { via: main }
`);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatchInlineSnapshot(`
      "cases.yaml:4: 0.expect: Unrecognized key: "rout"
      cases.yaml:4: 0.expect: must expect something
      cases.yaml:6: 1.rcpt: must name a recipient
      cases.yaml:7: 1.expect: must expect something
      cases.yaml:10: 2.eml: eml stands for headers and body: give it alone
      "
    `);
    expect(await run('- {')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^cases\.yaml:1: /),
    });
    expect(await run('x: y')).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected array'),
    });
  });

  test('exits with 2 for a client, a listener, an address or a message that is not there', async () => {
    const { code, err } = await run(`
- { client: erpp, rcpt: a@b.com, expect: { via: main } }
- { client: erp, rcpt: a@b.com, eml: absent.eml, expect: { via: main } }
- { client: erp, listener: app, rcpt: a@b.com, expect: { via: main } }
- { client: erp, address: here, rcpt: a@b.com, expect: { via: main } }
`);
    expect(code).toBe(2);
    expect(err).toContain('cases.yaml:4: "app" is no listener; listeners are: smtp-2525\n');
    expect(err).toContain('cases.yaml:5: "here" is no IP address\n');
    expect(err).toContain(
      'cases.yaml:2: client: "erpp" is no client and no IP address; clients are: erp\n',
    );
    expect(err).toMatch(/^cases\.yaml:3: eml: ENOENT/m);
  });
});
