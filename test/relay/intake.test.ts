// What the blocks listeners, clients and limits of the file make of the gateway.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectGreeted, connectRaw, connectTls, startTls } from '../dialogs/raw-client.ts';
import { createCertificateFiles, type CertificateFiles } from '../support/certificate-files.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let certificate: CertificateFiles;

beforeAll(async () => {
  certificate = await createCertificateFiles();
  const { certFile, keyFile } = certificate;
  const files = `certificate: { cert: "${certFile}", key: "${keyFile}" }`;
  gateway = await startTestGateway({
    listeners: `listeners:
  - { name: optional, address: "127.0.0.1:0", ${files} }
  - { name: implicit, address: "127.0.0.1:0", tls: implicit, ${files} }
  - { name: proxied, address: "127.0.0.1:0", proxyProtocol: [127.0.0.0/8] }`,
    clients: `clients:
  - { name: machine, networks: [127.0.0.0/8] }
  - name: cluster
    networks: [10.0.0.0/24]
    senders: ["*@contoso.com"]
    limits: { connections: 1, messagesPerMinute: 2 }
  - name: slow
    networks: [10.0.1.0/24]
    senders: ["*@contoso.com"]
    limits: { recipientsPerMinute: 2, bytesPerMinute: 1KB }`,
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await certificate[Symbol.asyncDispose]();
});

function endpointOf(name: string): { readonly host: string; readonly port: number } {
  const listener = gateway.gateway.listeners.find((candidate) => candidate.name === name);
  return { host: '127.0.0.1', port: listener?.port ?? 0 };
}

const mail = ['MAIL FROM:<app@contoso.com>', 'RCPT TO:<ann@example.com>', 'DATA'];
const message = 'From: app@contoso.com\r\nSubject: x\r\n\r\nx\r\n.';

describe('the Received field', () => {
  test.each([
    ['HELO', 'optional', 'SMTP'],
    ['EHLO', 'optional', 'ESMTP'],
    ['EHLO', 'STARTTLS', 'ESMTPS'],
    ['EHLO', 'implicit', 'ESMTPS'],
  ])('of a client that says %s on %s has "with %s"', async (verb, way, protocol) => {
    const before = gateway.sandbox.mailbox.list().length;
    const endpoint = endpointOf(way === 'STARTTLS' ? 'optional' : way);
    using client =
      way === 'implicit'
        ? await connectTls(endpoint)
        : way === 'STARTTLS'
          ? await startTls(await connectGreeted(endpoint))
          : await connectRaw(endpoint);
    if (way !== 'STARTTLS') await client.read();
    const replies = await client.sayAll(`${verb} me`, ...mail, message);
    expect(replies.at(-1)).toMatch(/^250 2\.0\.0 queued as /);
    const sent = (await gateway.sent(before + 1)).at(-1);
    const raw = Buffer.from(sent?.raw ?? []).toString();
    expect(raw).toContain(`by relay.example.com with ${protocol} id `);
  });
});

test('the expiry of certificates is in the metrics', async () => {
  const answer = await fetch(`${gateway.telemetryUrl}/metrics`);
  const name = 'graphpost_tls_certificate_expiry_timestamp_seconds';
  const found = (await answer.text()).match(new RegExp(`^${name}{listener="implicit"} (.*)$`, 'm'));
  expect(Number(found?.[1]) * 1000).toBeGreaterThan(Date.now());
});

test('limits of a client hold behind a proxy, and end as they say', async () => {
  const header = 'PROXY TCP4 10.0.0.7 10.0.0.1 56324 25\r\n';
  using client = await connectRaw(endpointOf('proxied'));
  await client.write(header);
  await client.read();
  using second = await connectRaw(endpointOf('proxied'));
  await second.write(header);
  expect(await second.readAll()).toMatch(/^421 4\.7\.0 Too many connections from you/);
  const replies = await client.sayAll('EHLO me', ...mail, message, ...mail, message, mail[0] ?? '');
  expect(replies.at(-2)).toMatch(/^250 2\.0\.0 queued as /);
  expect(replies.at(-1)).toMatch(/^450 4\.7\.1 .* try again in \d+ seconds$/);
  expect(gateway.log).toContainEqual(
    expect.objectContaining({ event: 'smtp.refused', reason: 'rateLimited', client: 'cluster' }),
  );
});

test('recipients and bytes of a client are limited by the minute', async () => {
  using client = await connectRaw(endpointOf('proxied'));
  await client.write('PROXY TCP4 10.0.1.7 10.0.0.1 56324 25\r\n');
  await client.read();
  const forwardPaths = ['ann', 'bob', 'eve'].map((name) => `RCPT TO:<${name}@example.com>`);
  const replies = await client.sayAll('EHLO me', mail[0] ?? '', ...forwardPaths);
  expect(replies.at(-2)).toMatch(/^250 /);
  expect(replies.at(-1)).toMatch(
    /^450 4\.7\.1 Too many recipients in a minute; try again in \d+ s/,
  );
  const large = message.replace('x\r\n.', `${'x'.repeat(1000)}\r\n.`);
  expect((await client.sayAll('DATA', large)).at(-1)).toMatch(/^250 2\.0\.0 queued as /);
  expect(await client.say(mail[0] ?? '')).toMatch(/^450 4\.7\.1 Too many bytes in a minute; /);
});
