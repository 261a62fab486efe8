import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ExplainReport } from '../trial/report.ts';
import { runExplain, type ExplainOptions } from './explain.ts';

const folder = mkdtempSync(join(tmpdir(), 'graphpost-explain-'));
afterAll(() => rmSync(folder, { recursive: true }));

writeFileSync(
  join(folder, 'graphpost.yaml'),
  `hostname: relay.example.com
clients:
  - { name: erp, networks: [10.0.0.0/8], senders: ['*@contoso.com'], recipients: ['*@fabrikam.com', '*@contoso.com'] }
  - { name: shop, login: { username: shop, password: secret }, senders: ['shop@contoso.com'] }
connections:
  main:
    type: graph
    tenant: contoso.onmicrosoft.com
    clientId: 01234567-89ab-cdef-0123-456789abcdef
    credential: { secret: hunter2 }
    requestLimit: 100000
default: { send: { via: main } }
routes:
  - name: invoices
    when:
      all:
        - subject: { contains: invoice }
        - not: { recipient: { endsWith: '@contoso.com' } }
    send: { via: main, sendAs: relay@contoso.com, priority: high }
    from: { force: always, address: billing@contoso.com }
    headers: { set: { X-Route: invoices }, remove: [X-Internal] }
  - { name: noise, when: { subject: { startsWith: '[test]' } }, drop: true }
  - { name: closed, when: { subject: { is: closed } }, refuse: The department is closed }
  - { name: approve, when: { subject: { is: approve } }, hold: true, send: { via: main } }
  - { name: staging, when: { client: { is: shop } }, redirect: [qa@contoso.com], send: { via: main } }
  - { name: secret, when: { body: { contains: secret } }, drop: true }
`,
);

/** Line ends as editors write them. */
function writeMail(...lines: readonly string[]): string {
  const file = join(folder, 'mail.eml');
  writeFileSync(file, lines.join('\n'));
  return file;
}

async function explain(mail: string, options: Partial<ExplainOptions> = {}) {
  let [out, err] = ['', ''];
  const code = await runExplain(
    { mail, client: '10.0.0.5', json: false, ...options },
    {
      env: { GRAPHPOST_CONFIG: 'graphpost.yaml' },
      cwd: folder,
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
    },
  );
  return { code, out, err };
}

async function report(mail: string, options: Partial<ExplainOptions> = {}) {
  const { code, out } = await explain(mail, { ...options, json: true });
  // Printed from that very type.
  return { code, report: JSON.parse(out) as ExplainReport };
}

const invoice = [
  'From: Shop <shop@contoso.com>',
  'To: Ann <ann@fabrikam.com>, eve@elsewhere.example',
  'Cc: bob@contoso.com',
  'Message-ID: <a@contoso.com>',
  'Date: Sun, 22 Nov 2026 17:31:00 +0000',
  'X-Internal: 1',
  'Subject: Your invoice',
  '',
  'Hello',
  '',
];

describe('runExplain() without a client', () => {
  test('takes the only one', async () => {
    const file = join(folder, 'one.yaml');
    writeFileSync(
      file,
      'connections: { play: { type: sandbox } }\ndefault: { send: { via: play } }\n',
    );
    const { code, out } = await explain(writeMail(...invoice), { client: undefined, config: file });
    expect(code).toBe(0);
    expect(out).toContain('From client local (127.0.0.1)');
  });

  test('asks which one, where there are several', async () => {
    const { code, err } = await explain(writeMail(...invoice), { client: undefined });
    expect({ code, err }).toEqual({
      code: 2,
      err: 'Say by --client who hands it over; clients are: erp, shop\n',
    });
  });
});

describe('runExplain()', () => {
  test('tells people which way each recipient takes, why, and what leaves', async () => {
    const rcpt = ['ann@fabrikam.com', 'bob@contoso.com'];
    const { code, out, err } = await explain(writeMail(...invoice), { rcpt });
    expect([code, err]).toEqual([0, '']);
    // Without the time in Received, and the transport's own reasons.
    const lasting = out.replaceAll(/^ {4}\+ \t[A-Z].*\n/gm, '').replaceAll(/(mime): .*/g, '$1');
    expect(lasting).toMatchInlineSnapshot(`
      "From client erp (10.0.0.5), MAIL FROM shop@contoso.com, 335 bytes
      A rule asks for its content: 1 of text, 0 attached

      ann@fabrikam.com takes invoices
        ✓ invoices
            ✓ all of
              ✓ subject contains "invoice": it is "Your invoice"
              ✓ not
                ✗ recipient endsWith "@contoso.com": it is "ann@fabrikam.com"

      bob@contoso.com takes default
        ✗ invoices
            ✗ all of
              ✓ subject contains "invoice": it is "Your invoice"
              ✗ not
                ✓ recipient endsWith "@contoso.com": it is "bob@contoso.com"
        ✗ noise
            ✗ subject startsWith "[test]": it is "Your invoice"
        ✗ closed
            ✗ subject is "closed": it is "Your invoice"
        ✗ approve
            ✗ subject is "approve": it is "Your invoice"
        ✗ staging
            ✗ client is "shop": it is "erp"
        ✗ secret
            ✗ body contains "secret": it is "Hello\\n"
        ✓ default: always

      Route invoices: send
        recipients:  ann@fabrikam.com
        via:         main (high priority)
        From:        billing@contoso.com
        mailbox:     relay@contoso.com
        lane:        https://login.microsoftonline.com contoso.onmicrosoft.com 01234567-89ab-cdef-0123-456789abcdef relay@contoso.com
        size:        405 bytes
        transport:   mime
        header:
          + Received: from unknown ([10.0.0.5])
          + 	by relay.example.com with ESMTP id explain;
          + From: Shop <billing@contoso.com>
          + To: Ann <ann@fabrikam.com>
          - From: Shop <shop@contoso.com>
          - To: Ann <ann@fabrikam.com>, eve@elsewhere.example
          - Cc: bob@contoso.com
            Message-ID: <a@contoso.com>
            Date: Sun, 22 Nov 2026 17:31:00 +0000
          - X-Internal: 1
            Subject: Your invoice
          + Reply-To: Shop <shop@contoso.com>
          + X-Graphpost-To: eve@elsewhere.example
          + X-Graphpost-Cc: bob@contoso.com
          + X-Route: invoices

      Route default: send
        recipients:  bob@contoso.com
        via:         main
        From:        shop@contoso.com
        mailbox:     shop@contoso.com
        lane:        https://login.microsoftonline.com contoso.onmicrosoft.com 01234567-89ab-cdef-0123-456789abcdef shop@contoso.com
        size:        347 bytes
        transport:   mime
        header:
          + Received: from unknown ([10.0.0.5])
          + 	by relay.example.com with ESMTP id explain;
            From: Shop <shop@contoso.com>
          - To: Ann <ann@fabrikam.com>, eve@elsewhere.example
            Cc: bob@contoso.com
            Message-ID: <a@contoso.com>
            Date: Sun, 22 Nov 2026 17:31:00 +0000
            X-Internal: 1
            Subject: Your invoice
          + X-Graphpost-To: Ann <ann@fabrikam.com>, eve@elsewhere.example

      The client gets: 250 2.0.0 queued
      Outcome: sent
      "
    `);
  });

  test('tells programs the same', async () => {
    const { code, report: result } = await report(writeMail(...invoice), {
      rcpt: ['ann@fabrikam.com'],
    });
    expect(code).toBe(0);
    expect(result).toMatchObject({
      outcome: 'sent',
      client: 'erp',
      address: '10.0.0.5',
      mailFrom: 'shop@contoso.com',
      recipients: [{ recipient: 'ann@fabrikam.com', taken: 'invoices' }],
      routes: [
        {
          rule: 'invoices',
          action: 'send',
          held: false,
          sends: [
            {
              recipients: ['ann@fabrikam.com'],
              connection: 'main',
              from: 'billing@contoso.com',
              sendAs: 'relay@contoso.com',
              priority: 'high',
              transport: 'mime',
            },
          ],
        },
      ],
    });
    expect(result.header).toBe(invoice.slice(0, 7).join('\n'));
    expect(result.routes[0]?.sends[0]?.header).toContain('\nX-Route: invoices');
  });

  test.each([
    ['dropped', '[test] x', 'noise'],
    ['held', 'approve', 'approve'],
  ])('exits with 3 for what is %s', async (outcome, subject, rule) => {
    const mail = writeMail('From: a@contoso.com', `Subject: ${subject}`, '', 'x');
    const { code, report: result } = await report(mail, { rcpt: ['ann@fabrikam.com'] });
    expect(code).toBe(3);
    expect(result).toMatchObject({ outcome, reply: '250 2.0.0 queued', routes: [{ rule }] });
  });

  test.each([
    ['hold', 'x', 'Route default: send, held as all mail is, until sending is normal\n'],
    [
      'hold',
      'approve',
      'Route approve: send, held as all mail is, until sending is normal, and then until it is released\n',
    ],
    ['drop', 'x', 'Route default: drop, as all mail is dropped (sending: drop)\n'],
    ['drop', '[test] x', 'Route noise: drop\n'],
    ['normal', 'approve', 'Route approve: send, held until it is released\n'],
  ])('says under sending: %s what keeps "%s" here', async (sending, subject, line) => {
    const text = readFileSync(join(folder, 'graphpost.yaml'), 'utf8');
    writeFileSync(join(folder, 'changed.yaml'), `${text}sending: ${sending}\n`);
    const mail = writeMail('From: a@contoso.com', `Subject: ${subject}`, '', 'x');
    const { code, out } = await explain(mail, {
      rcpt: ['ann@fabrikam.com'],
      config: 'changed.yaml',
    });
    expect(out).toContain(line);
    expect(code).toBe(3);
  });

  test.each<[string, Partial<ExplainOptions>, string, string]>([
    ['an unknown client', { client: '192.0.2.1' }, 'MAIL', '530 5.7.0'],
    ['a reverse-path that is not its own', { mailFrom: 'ceo@fabrikam.com' }, 'MAIL', '550 5.7.1'],
    [
      'a recipient whom it may not write to',
      { rcpt: ['x@elsewhere.example'] },
      'RCPT',
      '550 5.7.1',
    ],
    ['a recipient who is none', { rcpt: ['x'] }, 'RCPT', '501 5.1.3'],
    ['a From that is not its own', { client: 'shop', mailFrom: '<>' }, 'DATA', '550 5.7.1'],
  ])('exits with 3 for %s', async (_what, options, refusedAt, start) => {
    const mail = writeMail('From: a@contoso.com', 'Subject: x', '', 'x');
    const { code, report: result } = await report(mail, { rcpt: ['ann@fabrikam.com'], ...options });
    expect(code).toBe(3);
    expect(result).toMatchObject({ outcome: 'refused', refusedAt });
    expect(result.reply.slice(0, start.length)).toBe(start);
  });

  test('says what a rule says that refuses, and why a message can never leave', async () => {
    const rcpt = ['ann@fabrikam.com'];
    const refused = await explain(writeMail('From: a@contoso.com', 'Subject: closed', '', 'x'), {
      rcpt,
    });
    expect(refused.code).toBe(3);
    expect(refused.out).toContain('The client gets, at DATA: 550 5.7.1 The department is closed\n');
    expect(refused.out).toContain('Cause: The rule "closed" refuses this message\n');
    const large = writeMail('From: a@contoso.com', 'Subject: x', '', 'x'.repeat(100_000));
    expect(await report(large, { rcpt })).toMatchObject({
      code: 3,
      report: { refusedAt: 'DATA', routes: [{ rule: 'default', sends: [] }] },
    });
  });

  test('lets no field of the message give orders to the terminal', async () => {
    const order = '\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m';
    const lines = ['From: a@contoso.com', `X-Odd: ${order}`, `Subject: x${order}`, '', 'x'];
    const { out } = await explain(writeMail(...lines), { rcpt: ['ann@fabrikam.com'] });
    expect(out).toContain('X-Odd:  [2J ]0;owned');
    expect(out.replaceAll(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u);
  });

  test('shows whom a redirected message was for', async () => {
    const mail = writeMail('From: shop@contoso.com', 'To: ann@fabrikam.com', 'Subject: x', '', 'x');
    const { out } = await explain(mail, { client: 'shop' });
    expect(out).toContain('instead of:  ann@fabrikam.com\n');
    expect(out).toContain('+ Subject: [for ann@fabrikam.com] x\n');
  });

  test('reads the content for the rules that ask for it', async () => {
    const mail = writeMail('From: a@contoso.com', 'To: ann@fabrikam.com', '', 'A secret');
    const { code, report: result } = await report(mail);
    expect(code).toBe(3);
    expect(result).toMatchObject({ outcome: 'dropped', content: { texts: ['A secret'] } });
    expect(
      (await report(writeMail(...invoice), { rcpt: ['ann@fabrikam.com'] })).report,
    ).not.toHaveProperty('content');
  });

  test.each<[string, Partial<ExplainOptions>, string]>([
    [
      'an unknown name',
      { client: 'ERPP' },
      '"ERPP" is no client and no IP address; clients are: erp, shop',
    ],
    ['an address that is none', { address: '10.0.0' }, '"10.0.0" is no IP address'],
    ['an unknown listener', { listener: 'app' }, '"app" is no listener; listeners are: smtp-2525'],
    ['nobody to send to', {}, 'Nobody to send to: give --rcpt, or a message with a To'],
    ['a configuration that is not there', { config: 'absent.yaml' }, 'the file does not exist'],
  ])('exits with 2 for %s', async (_what, options, message) => {
    const { code, out, err } = await explain(writeMail('From: a@contoso.com', '', 'x'), options);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  test('exits with 2 for a message that is not there', async () => {
    const { code, err } = await explain('absent.eml');
    expect(code).toBe(2);
    expect(err).toMatch(/^Cannot read "absent\.eml": ENOENT/);
  });
});
