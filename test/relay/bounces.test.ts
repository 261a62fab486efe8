// What senders are told of mail that has failed, who they are, and that nobody is told twice.
import { simpleParser, type ParsedMail } from 'mailparser';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import type { SandboxMailbox } from '../../src/relay/ports.ts';
import { switchEnvironment, type SwitchSetting } from '../crash/kill-switch-setting.ts';
import { createGatewayProcess } from '../support/gateway-process.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

const killSwitch = import.meta.resolve('../crash/kill-switch-sqlite.ts');
const bounce = `bounce: { from: postmaster@contoso.com, via: main, to: ['*@contoso.com'] }`;

let gateway: TestGateway;
let sent = 0;

beforeAll(async () => {
  gateway = await startTestGateway({
    bounce,
    clients: `clients:
  - { name: apps, networks: [127.0.0.1], senders: ['*'] }
  - { name: erp, login: { username: erp, password: pass }, senders: [eve@example.net] }`,
    from: 'from: { force: always, address: forced@contoso.com }',
    routes: `routes:
  - name: copied
    when: { subject: { is: copied } }
    bcc: [hidden@contoso.com]
    headers: { set: { X-Route: inner } }
    send: { via: main }
  - name: staging
    when: { subject: { is: redirected } }
    redirect: [never@qa.contoso.com]
    send: { via: main }`,
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

/** A report as its reader gets it. */
interface Report extends ParsedMail {
  readonly recipients: readonly string[];
  /** The fields of the block about the message, then of those about the recipients. */
  readonly blocks: readonly (readonly string[])[];
  readonly returned: { readonly type: string; readonly text: string } | undefined;
}

type Mail = SendMailOptions & { readonly login?: boolean };

/** Sends to an address that fails for good, and waits until that is so. Returns the queue id. */
async function fail(mail: Mail): Promise<string> {
  const id = await send({ to: 'never@example.com', ...mail });
  await gateway.until((line) => line['id'] === id && line['state'] === 'failed');
  return id;
}

async function send({ login = false, ...mail }: Mail): Promise<string> {
  const messageId = `<${++sent}@app.contoso.com>`;
  const transport = createTransport({
    host: '127.0.0.1',
    port: gateway.smtpPort,
    ignoreTLS: true,
    ...(login && { auth: { user: 'erp', pass: 'pass' } }),
  });
  await transport.sendMail({
    from: 'app@contoso.com',
    subject: 'Your order',
    text: 'x',
    messageId,
    ...mail,
  });
  const line = gateway.log.find(
    (own) => own['event'] === 'message.accepted' && own['messageId'] === messageId,
  );
  return String(line?.['id']);
}

function linesOf(id: string): readonly Record<string, unknown>[] {
  return gateway.log.filter((line) => line['event'] === 'message.reported' && line['id'] === id);
}

async function reportOf(id: string): Promise<Report> {
  await until(() => linesOf(id).length > 0);
  const messageId = `<${String(linesOf(id)[0]?.['report'])}@relay.example.com>`;
  let report: Report | undefined;
  await until(async () => {
    const reports = await readReports(gateway.sandbox.mailbox);
    report = reports.find((own) => own.messageId === messageId);
    return report !== undefined;
  });
  if (!report) throw new Error('It went again');
  return report;
}

/** All that the sandbox has. */
async function readReports(mailbox: SandboxMailbox): Promise<readonly Report[]> {
  const ids = mailbox.list().filter(({ subject }) => /^(Not delivered|Sent on)/.test(subject));
  return await Promise.all(ids.map(async ({ id }) => await readReport(mailbox, id)));
}

async function readReport(mailbox: SandboxMailbox, id: string): Promise<Report> {
  const message = await mailbox.get(id);
  const parsed = await simpleParser(Buffer.from(message?.raw ?? []), { keepDeliveryStatus: true });
  const [status, returned] = parsed.attachments;
  const blocks = (status?.content.toString() ?? '').trimEnd().split('\r\n\r\n');
  return {
    ...parsed,
    recipients: message?.recipients ?? [],
    blocks: blocks.map((block) => block.split('\r\n')),
    returned: returned && { type: returned.contentType, text: returned.content.toString() },
  };
}

/** Those who are due a report get it in the order of their failures: after this one, nobody before it is left. */
async function reportAnother(): Promise<void> {
  await reportOf(await fail({}));
}

describe('the report of a failure', () => {
  test('tells the sender which recipients did not get it, by the names that the client gave', async () => {
    const id = await fail({
      to: ['ann@example.com', 'never@example.com'],
      envelope: {
        from: 'app@contoso.com',
        to: ['ann@example.com', 'never@example.com'],
        dsn: { id: 'order 4711', ret: 'HDRS', notify: 'FAILURE', orcpt: 'rfc822;ann@list.example' },
      },
      headers: { 'X-Order': '4711' },
    });
    const report = await reportOf(id);
    expect(report.recipients).toEqual(['app@contoso.com']);
    expect(report.from?.value).toEqual([
      { name: 'Mail delivery', address: 'postmaster@contoso.com' },
    ]);
    expect(report.inReplyTo).toBe(`<${sent}@app.contoso.com>`);
    expect(report.headers.get('auto-submitted')).toBe('auto-replied');
    expect(report.text).toContain('ann@example.com: The next mail system refused its content.');
    const dated = expect.stringMatching(/^(Arrival|Last-Attempt)-Date: \w{3}, \d\d \w{3} \d{4} /);
    expect(report.blocks).toEqual([
      ['Original-Envelope-Id: order 4711', 'Reporting-MTA: dns; relay.example.com', dated],
      ...['ann', 'never'].map((name) => [
        'Original-Recipient: rfc822; ann@list.example',
        `Final-Recipient: rfc822; ${name}@example.com`,
        'Action: failed',
        expect.stringMatching(/^Status: 5\.\d\.\d+$/),
        expect.stringMatching(/^Diagnostic-Code: X-Microsoft; HTTP 400 ErrorMimeContentInvalid /),
        dated,
      ]),
    ]);
    expect(report.returned?.type).toBe('text/rfc822-headers');
    expect(report.returned?.text).toContain('\r\nX-Order: 4711\r\n');
    expect(report.returned?.text).toMatch(/^Received: /);
    expect(linesOf(id)).toHaveLength(1);
    expect(linesOf(id)[0]).toMatchObject({ result: 'failed', from: 'app@contoso.com' });
  });

  test('returns the whole message where RET=FULL asks for it, but for its Bcc', async () => {
    const raw =
      'From: app@contoso.com\r\nTo: never@example.com\r\nBcc: eve@example.com\r\nMessage-ID: <full@app>\r\nSubject: full\r\n\r\nThe body\r\n';
    const dsn = { ret: 'FULL' } as const;
    await gateway.send({
      envelope: { from: 'app@contoso.com', to: ['never@example.com', 'eve@example.com'], dsn },
      raw,
    });
    await gateway.until((line) => line['messageId'] === '<full@app>' && line['state'] === 'failed');
    const line = gateway.log.find((own) => own['messageId'] === '<full@app>');
    const report = await reportOf(String(line?.['id']));
    expect(report.returned?.type).toBe('message/rfc822');
    expect(report.returned?.text).toContain('\r\n\r\nThe body\r\n');
    expect(report.returned?.text).not.toContain('eve@example.com');
  });

  test('names nobody whom a rule added', async () => {
    const report = await reportOf(await fail({ subject: 'copied' }));
    const finals = report.blocks.flat().filter((line) => line.startsWith('Final-Recipient'));
    expect(finals).toEqual(['Final-Recipient: rfc822; never@example.com']);
    expect(JSON.stringify(report)).not.toMatch(/hidden@contoso|X-Route/);
  });

  test('names, of a redirected message, whom it was for', async () => {
    const report = await reportOf(await fail({ subject: 'redirected', to: 'ann@example.com' }));
    expect(report.blocks[1]?.[0]).toBe('Final-Recipient: rfc822; ann@example.com');
    expect(JSON.stringify(report)).not.toContain('qa.contoso.com');
  });

  test('has the forms of RFC 6533 where the message was international', async () => {
    const id = await fail({ envelope: { from: 'jürgen@contoso.com', to: 'never@example.com' } });
    const report = await reportOf(id);
    expect(report.recipients).toEqual(['jürgen@contoso.com']);
    expect(report.attachments.map(({ contentType }) => contentType)).toEqual([
      'message/global-delivery-status',
      'message/global-headers',
    ]);
    expect(report.blocks[1]).toContain('Action: failed');
  });

  test('that fails itself is left in the dead letters, and nobody is told', async () => {
    const id = await fail({ from: 'never@contoso.com' });
    await until(() => linesOf(id).length > 0);
    const report = linesOf(id)[0]?.['report'];
    await gateway.until((line) => line['id'] === report && line['state'] === 'failed');
    await reportAnother();
    expect(linesOf(String(report))).toEqual([]);
    const page = await fetch(`${gateway.adminUrl}/`).then((answer) => answer.text());
    expect(page).toContain('Not delivered: Your order');
  });
});

describe('a report of success', () => {
  test('says relayed, where NOTIFY=SUCCESS asks for it', async () => {
    const id = await send({
      to: 'ann@example.com',
      envelope: {
        from: 'app@contoso.com',
        to: 'ann@example.com',
        dsn: { id: 'e1', notify: ['SUCCESS', 'FAILURE'] },
      },
    });
    const report = await reportOf(id);
    expect(report.subject).toBe('Sent on: Your order');
    expect(report.blocks[0]?.[0]).toBe('Original-Envelope-Id: e1');
    expect(report.blocks[1]).toContain('Action: relayed');
    expect(linesOf(id)[0]).toMatchObject({ result: 'relayed' });
  });
});

describe('nobody is told of the failure of a message', () => {
  const from = 'app@contoso.com';
  const to = 'never@example.com';

  test.each<[string, Mail]>([
    ['with the null reverse-path', { envelope: { from: '', to } }],
    ['with NOTIFY=NEVER', { envelope: { from, to, dsn: { notify: 'NEVER' } } }],
    ['with NOTIFY=SUCCESS alone', { envelope: { from, to, dsn: { notify: 'SUCCESS' } } }],
    ['of a sender outside bounce.to', { from: 'eve@example.net' }],
    ['that a program wrote', { headers: { 'Auto-Submitted': 'auto-generated' } }],
    ['to a mailing list', { headers: { Precedence: 'list' } }],
    ['that is a report itself', { headers: { 'Content-Type': 'multipart/report; boundary=x' } }],
  ])('%s', async (_, mail) => {
    const id = await fail(mail);
    await reportAnother();
    expect(linesOf(id)).toEqual([]);
  });
});

test('nobody is told of the delivery of what a program wrote, whatever NOTIFY asks for', async () => {
  const to = 'ann@example.com';
  const envelope = {
    from: 'app@contoso.com',
    to,
    dsn: { notify: ['SUCCESS', 'FAILURE'] as const },
  };
  const automatic = await send({ to, envelope, headers: { 'Auto-Submitted': 'auto-replied' } });
  await gateway.until((line) => line['id'] === automatic && line['state'] === 'delivered');
  await reportOf(await send({ to, envelope }));
  expect(linesOf(automatic)).toEqual([]);
});

test('a sender outside bounce.to who had logged in is told', async () => {
  const id = await fail({ from: 'eve@example.net', login: true });
  expect((await reportOf(id)).recipients).toEqual(['eve@example.net']);
});

test('a stranger in whose name somebody sends who had logged in is not told', async () => {
  const id = await fail({ from: 'victim@example.org', login: true });
  await reportAnother();
  expect(linesOf(id)).toEqual([]);
});

test('no report is in trouble', async () => {
  await reportAnother();
  expect(gateway.log.filter(({ event }) => event === 'fault')).toEqual([]);
});

test('reports are counted by what was told', async () => {
  await reportAnother();
  const metrics = await fetch(`${gateway.telemetryUrl}/metrics`).then((answer) => answer.text());
  expect(metrics).toMatch(/^graphpost_reports_total\{result="failed"\} [1-9]/m);
});

describe('a gateway that is killed', () => {
  test.each<[string, SwitchSetting]>([
    ['before a failure is told, tells it', { moment: 'after', work: 'record', occurrence: 1 }],
    [
      'before the report is durable, tells it once',
      { moment: 'before', work: 'message', occurrence: 2 },
    ],
    [
      'when the report is durable, tells it once',
      { moment: 'after', work: 'message', occurrence: 2 },
    ],
  ])('%s', async (_, setting) => {
    await using sandbox = await createSandbox({ now: Date.now });
    await using process = await createGatewayProcess(sandbox, { changes: { bounce } });
    await process.start({ env: switchEnvironment(setting, killSwitch) });
    const transport = createTransport({
      host: '127.0.0.1',
      port: process.smtpPort,
      ignoreTLS: true,
    });
    const mail = { from: 'app@contoso.com', to: 'never@example.com', text: 'x' };
    await transport.sendMail({ ...mail, subject: 'first', messageId: '<first@app>' });
    await process.ended();
    await process.start();
    await until(async () => (await readReports(sandbox.mailbox)).length > 0);
    await transport.sendMail({ ...mail, subject: 'second', messageId: '<second@app>' });
    const told = async () =>
      (await readReports(sandbox.mailbox)).map(({ inReplyTo }) => inReplyTo).toReversed();
    await until(async () => (await told()).includes('<second@app>'));
    expect(await told()).toEqual(['<first@app>', '<second@app>']);
  });
});
