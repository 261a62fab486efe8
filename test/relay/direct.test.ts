// Direct mode with the whole gateway: the client's reply is the next hop's answer, and nothing is kept here.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectGreeted, type RawClient } from '../dialogs/raw-client.ts';
import { startTestGateway, type Blocks, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

const direct: Blocks = {
  listeners: 'listeners: [{ name: sidecar, address: "127.0.0.1:0", mode: direct }]',
  // A look-up is made soon after an unsure send.
  queue: 'queue: { store: "sqlite:/nowhere/graphpost.db", lookupAfter: 100ms }',
};

interface Answer {
  /** What the client was told after the dot. */
  readonly response: string;
  readonly accepted: readonly string[];
  readonly rejected: readonly string[];
}

async function send(
  gateway: TestGateway,
  mail: {
    readonly from?: string;
    readonly to: string | string[];
    readonly subject: string;
    readonly raw?: string;
  },
): Promise<Answer> {
  const { from = 'app@contoso.com', to, subject, raw } = mail;
  const transport = createTransport({ host: '127.0.0.1', port: gateway.smtpPort, ignoreTLS: true });
  const { response, accepted, rejected } = await transport.sendMail(
    raw === undefined ? { from, to, subject, text: 'x' } : { envelope: { from, to }, raw },
  );
  return { response, accepted: accepted.map(String), rejected: rejected.map(String) };
}

/** The reply of a refusal. */
async function refusalOf(sending: Promise<unknown>): Promise<string> {
  return await sending.then(
    (answer) => `no refusal: ${JSON.stringify(answer)}`,
    (error: unknown) =>
      error instanceof Error && 'response' in error ? String(error.response) : String(error),
  );
}

function subjects({ sandbox }: TestGateway): readonly string[] {
  return sandbox.mailbox.list().map(({ subject }) => subject);
}

/** Whether a promise has settled, without waiting for it. */
function watch(promise: Promise<unknown>): { isSettled: boolean } {
  const state = { isSettled: false };
  void promise.then(
    () => (state.isSettled = true),
    () => (state.isSettled = true),
  );
  return state;
}

async function connect({ smtpPort }: TestGateway): Promise<RawClient> {
  return await connectGreeted({ host: '127.0.0.1', port: smtpPort });
}

/** Up to the reply to DATA. */
async function startData(gateway: TestGateway, to: string): Promise<RawClient> {
  const client = await connect(gateway);
  const envelope = ['EHLO app', 'MAIL FROM:<app@contoso.com>', `RCPT TO:<${to}>`, 'DATA'];
  expect((await client.sayAll(...envelope)).at(-1)).toMatch(/^354 /);
  return client;
}

describe('a direct listener', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startTestGateway(direct);
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  test('says 250 only when the next hop has answered', async () => {
    const answered = Promise.withResolvers<void>();
    gateway.sandbox.faults.next({ until: answered.promise });
    const sending = send(gateway, { to: 'ann@example.com', subject: 'slow' });
    const state = watch(sending);
    await until(() => subjects(gateway).includes('slow'));
    // A second message, whose 250 has come, shows that the first one's had the time to.
    await send(gateway, { from: 'other@contoso.com', to: 'ann@example.com', subject: 'quick' });
    expect(state.isSettled).toBe(false);
    answered.resolve();
    expect((await sending).response).toMatch(/^250 2\.0\.0 passed on as \S+$/);
  });

  test.each([
    ['unavailable', /^451 4\.4\.5 Too much mail at once; try again later$/],
    ['broken', /^451 4\.3\.\d The next mail system is in trouble; try again later$/],
    ['denied', /^450 4\.7\.1 The message may not be sent; try again later$/],
    ['sendas-denied', /^45[01] 4\.7\.1 The sender address may not be used; try again later$/],
    ['missing', /^451 4\.2\.1 The sending mailbox cannot be used; try again later$/],
    ['toolarge', /^552 5\.3\.4 The message is too large/],
    ['never', /^554 5\.6\.0 /],
    ['quota', /^451 4\.4\.5 The sending quota is used up; try again later$/],
  ])('tells the client what the next hop says of %s@', async (localPart, reply) => {
    const from = `${localPart}-sender@contoso.com`;
    const sending = send(gateway, { from, to: `${localPart}@example.com`, subject: localPart });
    expect(await refusalOf(sending)).toMatch(reply);
    expect(subjects(gateway)).not.toContain(localPart);
  });

  test('waits out a short pause that the next hop asks for', async () => {
    const from = 'throttled-sender@contoso.com';
    await send(gateway, { from, to: 'throttled@example.com', subject: 'throttled' });
    expect(subjects(gateway).filter((subject) => subject === 'throttled')).toHaveLength(1);
  });

  test('refuses at once what would have to wait out a long pause, and the next one, too', async () => {
    const pause = { status: 429, headers: { 'Retry-After': '600' } };
    gateway.sandbox.faults.next(pause, { match: ({ path }) => path.includes('paused') });
    const mail = { from: 'paused@contoso.com', to: 'ann@example.com', subject: 'paused' };
    const tooMuch = /^451 4\.4\.5 Too much mail at once; try again later$/;
    expect(await refusalOf(send(gateway, mail))).toMatch(tooMuch);
    const requests = gateway.sandbox.requests.length;
    expect(await refusalOf(send(gateway, mail))).toMatch(tooMuch);
    expect(gateway.sandbox.requests).toHaveLength(requests);
  });

  test('looks for a message whose answer was lost, and says 250 where it is found', async () => {
    const raw = 'From: lost@contoso.com\r\nTo: cut@example.com\r\nSubject: lost\r\n\r\nx\r\n';
    const mail = { from: 'lost@contoso.com', to: 'cut@example.com', subject: 'lost', raw };
    expect((await send(gateway, mail)).response).toMatch(/^250 /);
    expect(subjects(gateway).filter((subject) => subject === 'lost')).toHaveLength(1);
  });

  test('tells the client to send again what is not found, and says that it may be there twice', async () => {
    const from = 'gone@contoso.com';
    gateway.sandbox.faults.next(
      { cut: 'after', carriedOut: false },
      { match: ({ path }) => path.includes('gone') && path.endsWith('/sendMail') },
    );
    const sending = send(gateway, { from, to: 'ann@example.com', subject: 'gone' });
    expect(await refusalOf(sending)).toMatch(/^451 4\.4\.2 The next mail system did not confirm/);
    expect(gateway.log.map(({ event }) => event)).toContain('delivery.possibleDuplicate');
  });

  test('does not send again what its client was told to send again, where it is found by then', async () => {
    const raw =
      'Date: Sun, 22 Nov 2026 21:00:00 +0000\r\nMessage-ID: <twice@app>\r\nTo: cut@example.com\r\nSubject: twice\r\n\r\nx\r\n';
    const mail = { from: 'twice@contoso.com', to: 'cut@example.com', subject: 'twice', raw };
    const isLookUp = ({ method }: { method: string }) => method === 'GET';
    gateway.sandbox.faults.next({ status: 400 }, { match: isLookUp });
    expect(await refusalOf(send(gateway, mail))).toMatch(/^451 4\.4\.2 /);
    expect((await send(gateway, mail)).response).toMatch(/^250 /);
    expect(subjects(gateway).filter((subject) => subject === 'twice')).toHaveLength(1);
    // Another message, though its Message-ID is the same.
    const other = { ...mail, raw: raw.replace('\r\n\r\nx', '\r\n\r\ny') };
    expect((await send(gateway, other)).response).toMatch(/^250 /);
    expect(subjects(gateway).filter((subject) => subject === 'twice')).toHaveLength(2);
  });

  test('logs each attempt, and the acceptance of what was sent alone', async () => {
    await send(gateway, { to: 'ann@example.com', subject: 'logged' });
    const accepted = gateway.log.filter(({ event }) => event === 'message.accepted').at(-1);
    const attempts = gateway.log.filter(
      (line) => line['event'] === 'delivery.attempted' && line['id'] === accepted?.['id'],
    );
    expect(attempts).toMatchObject([{ outcome: 'delivered', state: 'delivered', attempt: 1 }]);
    const refused = gateway.log.filter(({ event }) => event === 'smtp.refused');
    expect(refused.map(({ reason }) => reason)).toContain('nextHop');
  });

  test('cancels the send of a client that goes before it is given', async () => {
    const place = Promise.withResolvers<void>();
    gateway.sandbox.faults.next({ until: place.promise }, { times: 4 });
    const first = Array.from({ length: 4 }, (_, number) =>
      send(gateway, { to: 'ann@example.com', subject: `first ${number}` }),
    );
    await until(
      () => subjects(gateway).filter((subject) => subject.startsWith('first')).length === 4,
    );
    const client = await startData(gateway, 'ann@example.com');
    await client.write('Subject: left\r\n\r\nx\r\n.\r\n');
    client.socket.destroy();
    await gateway.until((line) => line['event'] === 'smtp.vanished');
    place.resolve();
    await Promise.all(first);
    await send(gateway, { to: 'ann@example.com', subject: 'after' });
    expect(subjects(gateway)).not.toContain('left');
  });

  test('made the gateway break no rule of Graph, and meet no fault', () => {
    expect(gateway.sandbox.violations).toEqual([]);
    expect(gateway.log.filter(({ event }) => event === 'fault')).toEqual([]);
  });
});

test('a direct listener lets a send run to its end when its client goes after it was given', async () => {
  await using gateway = await startTestGateway(direct);
  const answered = Promise.withResolvers<void>();
  gateway.sandbox.faults.next({ until: answered.promise });
  const client = await startData(gateway, 'ann@example.com');
  await client.write('Subject: impatient\r\n\r\nx\r\n.\r\n');
  await until(() => subjects(gateway).includes('impatient'));
  client.socket.destroy();
  await gateway.until(({ event }) => event === 'smtp.disconnected');
  answered.resolve();
  await gateway.until(({ event }) => event === 'delivery.possibleDuplicate');
  const attempts = gateway.log.filter(({ event }) => event === 'delivery.attempted');
  expect(attempts).toMatchObject([{ outcome: 'delivered' }]);
});

describe('a direct listener with rules', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startTestGateway({
      ...direct,
      routes: `routes:
  - name: dropped
    when: { recipient: { is: drop@example.com } }
    drop: true
  - name: refused
    when: { subject: { is: refused } }
    refuse: Not here
  - name: partners
    when: { recipient: { endsWith: "@partner.example" } }
    send: { via: main, sendAs: partners@contoso.com }
  - name: letters
    when: { recipient: { endsWith: "@letters.example" }, subject: { exists: true } }
    send: { via: main }`,
      bounce: 'bounce: { from: postmaster@contoso.com, via: main, to: ["*@contoso.com"] }',
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  test('refuses a recipient who takes another route, at RCPT, and takes him in a message of his own', async () => {
    const to = ['ann@example.com', 'bob@partner.example', 'cat@example.com', 'drop@example.com'];
    const answer = await send(gateway, { to, subject: 'split' });
    expect(answer.rejected).toEqual(['bob@partner.example']);
    const client = await connect(gateway);
    const recipients = to.slice(0, 2).map((path) => `RCPT TO:<${path}>`);
    const replies = await client.sayAll('EHLO app', 'MAIL FROM:<app@contoso.com>', ...recipients);
    expect(replies.at(-1)).toBe(
      '452 4.5.3 This recipient needs a message of its own; send it in another one',
    );
    client.socket.destroy();
    const [bob = ''] = answer.rejected;
    expect((await send(gateway, { to: bob, subject: 'split' })).response).toMatch(/^250 /);
    const got = gateway.sandbox.mailbox.list().flatMap(({ recipients: paths }) => paths);
    expect(got.sort()).toEqual(['ann@example.com', 'bob@partner.example', 'cat@example.com']);
  });

  test('says 250 for what a rule drops, and 550 for what a rule refuses', async () => {
    const dropped = await send(gateway, { to: 'drop@example.com', subject: 'dropped' });
    expect(dropped.response).toMatch(/^250 /);
    expect(gateway.log.map(({ event }) => event)).toContain('message.discarded');
    const refused = send(gateway, { to: 'ann@example.com', subject: 'refused' });
    expect(await refusalOf(refused)).toBe('550 5.7.1 Not here');
  });

  test('sends all parts of a message that its header splits', async () => {
    const to = ['ann@example.com', 'dan@letters.example'];
    expect((await send(gateway, { to, subject: 'parts' })).response).toMatch(/^250 /);
    expect(subjects(gateway).filter((subject) => subject === 'parts')).toHaveLength(2);
  });

  test('reports at once what failed after another part was sent', async () => {
    const to = ['ann@example.com', 'never@letters.example'];
    expect((await send(gateway, { to, subject: 'half' })).response).toMatch(/^250 /);
    const report = gateway.sandbox.mailbox
      .list()
      .find(({ from }) => from === 'postmaster@contoso.com');
    expect(report?.recipients).toEqual(['app@contoso.com']);
    const { raw = new Uint8Array() } = (await gateway.sandbox.mailbox.get(report?.id ?? '')) ?? {};
    expect(Buffer.from(raw).toString()).toContain('Final-Recipient: rfc822; never@letters.example');
    expect(gateway.log.find(({ event }) => event === 'message.reported')).toBeDefined();
  });

  test('reports what was sent to whom asks for it', async () => {
    using client = await connect(gateway);
    const envelope = [
      'EHLO app',
      'MAIL FROM:<told@contoso.com>',
      'RCPT TO:<ann@example.com> NOTIFY=SUCCESS',
      'DATA',
    ];
    await client.sayAll(...envelope);
    expect(await client.say('Subject: told\r\n\r\nx\r\n.')).toMatch(/^250 /);
    const report = gateway.sandbox.mailbox
      .list()
      .find(({ recipients }) => recipients.includes('told@contoso.com'));
    const { raw = new Uint8Array() } = (await gateway.sandbox.mailbox.get(report?.id ?? '')) ?? {};
    expect(Buffer.from(raw).toString()).toContain('Action: relayed');
  });

  test('refuses a message none of whose parts was sent', async () => {
    const to = ['never@letters.example', 'ann@example.com'];
    expect(await refusalOf(send(gateway, { to, subject: 'none' }))).toMatch(/^554 5\.6\.0 /);
    expect(subjects(gateway)).not.toContain('none');
  });
});

test('a direct listener hands a message to the backup at once where its connection is in trouble', async () => {
  await using gateway = await startTestGateway({
    ...direct,
    connections: `connections:
  main: { type: sandbox, sendAs: denied@contoso.com }
  second: { type: sandbox }`,
    default: 'default: { send: { via: main, backup: [second] } }',
  });
  const mail = { to: 'ann@example.com', subject: 'passed on' };
  expect((await send(gateway, mail)).response).toMatch(/^250 /);
  const attempts = gateway.log.filter(({ event }) => event === 'delivery.attempted');
  expect(attempts).toMatchObject([
    { connection: 'main', outcome: 'deferred' },
    { connection: 'second', outcome: 'delivered' },
  ]);
  const failing = { to: 'never@example.com', subject: 'not passed on' };
  expect(await refusalOf(send(gateway, failing))).toMatch(/^554 /);
});

test('a direct listener keeps the pace of its connection', async () => {
  await using gateway = await startTestGateway({
    ...direct,
    connections: 'connections: { main: { type: sandbox, limits: { messagesPerMinute: 2 } } }',
  });
  const mail = { to: 'ann@example.com', subject: 'paced' };
  await send(gateway, mail);
  await send(gateway, mail);
  expect(await refusalOf(send(gateway, mail))).toMatch(/^451 4\.4\.5 Too much mail at once/);
  await send(gateway, { ...mail, from: 'other@contoso.com' });
});

describe('the memory of direct listeners', () => {
  test('is shared by all messages: 452 while it is full, and room again after', async () => {
    await using gateway = await startTestGateway({ ...direct, direct: 'direct: { memory: 12MB }' });
    const answered = Promise.withResolvers<void>();
    gateway.sandbox.faults.next({ until: answered.promise }, { times: 2 });
    const raw = largeMessage('large', 5_000_000);
    const mail = { to: 'ann@example.com', subject: 'large', raw };
    const first = [send(gateway, mail), send(gateway, mail)];
    const isGraph = ({ service }: { service: string }) => service === 'graph';
    await until(() => gateway.sandbox.requests.filter(isGraph).length === 2);
    const others = await Promise.all([1, 2, 3].map(() => refusalOf(send(gateway, mail))));
    expect(new Set(others)).toEqual(
      new Set(['452 4.3.1 There is no room for more mail; try again later']),
    );
    answered.resolve();
    await Promise.all(first);
    expect((await send(gateway, mail)).response).toMatch(/^250 /);
    expect(subjects(gateway)).toEqual(['large', 'large', 'large']);
    expect(gateway.sandbox.violations).toEqual([]);
  });

  test('goes on in its folder, of which nothing is left', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graphpost-bodies-'));
    await using gateway = await startTestGateway({
      ...direct,
      direct: `direct: { memory: 100kB, folder: "${folder}" }`,
    });
    const raw = largeMessage('large', 2_000_000);
    const mail = { to: 'ann@example.com', subject: 'large', raw };
    await Promise.all([send(gateway, mail), send(gateway, mail), send(gateway, mail)]);
    for (const message of await gateway.sent(3)) {
      expect(Buffer.from(message.raw).subarray(-1000)).toEqual(Buffer.from(raw).subarray(-1000));
    }
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test('is given back by clients that vanish inside DATA', async () => {
    await using gateway = await startTestGateway({ ...direct, direct: 'direct: { memory: 40kB }' });
    for (let round = 1; round <= 3; round++) {
      const client = await startData(gateway, 'ann@example.com');
      await client.write(`Subject: half\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(250)}`);
      client.socket.destroy();
      const vanished = () => gateway.log.filter(({ event }) => event === 'smtp.vanished');
      await until(() => vanished().length === round);
    }
    const raw = `Subject: whole\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(250)}`;
    const mail = { to: 'ann@example.com', subject: 'whole', raw };
    expect((await send(gateway, mail)).response).toMatch(/^250 /);
    expect(subjects(gateway)).toEqual(['whole']);
  });

  test('is what SIZE offers', async () => {
    await using gateway = await startTestGateway({ ...direct, direct: 'direct: { memory: 2MB }' });
    using client = await connect(gateway);
    expect(await client.say('EHLO app')).toContain('SIZE 1991808');
  });

  test('needs a folder that can be written', async () => {
    const starting = startTestGateway({ ...direct, direct: 'direct: { folder: /nowhere/at/all }' });
    await expect(starting).rejects.toThrow('direct.folder: "/nowhere/at/all" cannot be written');
  });
});

test('a queued listener beside a direct one keeps its queue', async () => {
  await using gateway = await startTestGateway({
    listeners: `listeners:
  - { name: apps, address: "127.0.0.1:0" }
  - { name: sidecar, address: "127.0.0.1:0", mode: direct }`,
  });
  const raw = 'Subject: x\r\n\r\nx\r\n';
  const replies = [];
  for (const { port } of gateway.gateway.listeners) {
    const answer = await send(
      { ...gateway, smtpPort: port },
      { to: 'denied@example.com', subject: 'x', raw },
    ).catch((error: Error) => ({ response: error.message }));
    replies.push(answer.response);
  }
  expect(replies[0]).toMatch(/^250 2\.0\.0 queued as /);
  expect(replies[1]).toContain('450 4.7.1 ');
});

function largeMessage(subject: string, bytes: number): string {
  const lines = `${'x'.repeat(76)}\r\n`.repeat(Math.ceil(bytes / 78));
  const head = ['From: app@contoso.com', `Subject: ${subject}`, 'MIME-Version: 1.0'];
  const file = [
    'Content-Type: application/octet-stream; name=a.bin',
    'Content-Transfer-Encoding: 7bit',
  ];
  const multipart = 'Content-Type: multipart/mixed; boundary=b';
  const parts = ['', '--b', 'Content-Type: text/plain', '', 'x', '--b', ...file, '', lines];
  return [...head, multipart, ...parts, '--b--', ''].join('\r\n');
}
