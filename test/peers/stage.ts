// Where other people's clients send to: a gateway with its sandbox, one listener in clear and one with TLS and logins.
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCertificateFiles, type CertificateFiles } from '../support/certificate-files.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { chosenCases, type Ability, type Case } from './cases.ts';
import { sourceOf } from './mails.ts';

/** What a client is asked to send, and where. It sends from root@localhost, with the subject "scan". */
export interface Order {
  readonly port: number;
  /** It starts TLS, trusts `certFile`, and logs in as "app" with the password "secret". */
  readonly secure: boolean;
  readonly certFile: string;
  readonly to: readonly string[];
  readonly bcc: readonly string[];
  /** What it attaches, as "scan.bin". */
  readonly attachmentFile: string | undefined;
  /** The whole message as a file, for those that write none themselves: no Date, no Message-ID, and a Bcc field. */
  readonly messageFile: string;
  /** The same without Bcc, for those that name the recipients themselves. */
  readonly openMessageFile: string;
  /** For whatever it needs; anybody may enter. */
  readonly folder: string;
  /** Resolves when the message is there: until then, a server must run. */
  readonly arrived: () => Promise<void>;
}

/** Makes the program send. */
export type Send = (order: Order) => Promise<unknown>;

export interface Peer {
  readonly name: string;
  /** Why it cannot be tried; undefined when it can. */
  readonly missing: string | undefined;
  readonly send: Send;
  /** What it never does. */
  readonly cannot?: readonly Ability[];
  /** Its messages have a subject of its own. */
  readonly ownSubject?: boolean;
  /** It begins with TLS: it knows no STARTTLS on a port of ours. */
  readonly implicitTls?: boolean;
}

/** One suite for the program; it says so in its name when it is skipped. */
export type TryPeer = (peer: Peer) => void;

/** Called once in a test file, at its top. */
export function startStage(): TryPeer {
  const attachment = randomBytes(500_000);
  let gateway: TestGateway;
  let certificate: CertificateFiles;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graphpost-peers-'));
    // Mail servers give up their rights before they read.
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'scan.bin'), attachment);
    certificate = await createCertificateFiles();
    await writeFile(join(folder, 'ca.pem'), certificate.certificate.certPem);
    gateway = await startTestGateway(blocksFor(certificate));
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await certificate[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  function portOf(name: string): number {
    return gateway.gateway.listeners.find((listener) => listener.name === name)?.port ?? 0;
  }

  async function place(one: Case, peer: Peer): Promise<Order> {
    const { cannot = [] } = peer;
    const can = one.uses.filter((ability) => !cannot.includes(ability));
    const several = can.includes('several');
    const [to, bcc] = several
      ? [['ann@example.com', 'bob@example.com'], ['hidden@example.com']]
      : [['ann@example.com'], []];
    const attached = can.includes('attachment') ? attachment : undefined;
    const own = await mkdtemp(join(folder, 'order-'));
    await chmod(own, 0o755);
    const [messageFile, openMessageFile] = [join(own, 'message.eml'), join(own, 'open.eml')];
    await writeFile(messageFile, sourceOf({ to, bcc, attachment: attached }));
    await writeFile(openMessageFile, sourceOf({ to, bcc: [], attachment: attached }));
    const before = gateway.sandbox.mailbox.list().length;
    return {
      port: portOf(listenerFor(one, peer)),
      secure: one.secure,
      certFile: join(folder, 'ca.pem'),
      to,
      bcc,
      attachmentFile: attached && join(folder, 'scan.bin'),
      messageFile,
      openMessageFile,
      folder: own,
      arrived: async () => void (await gateway.sent(before + 1)),
    };
  }

  /** What must be true of the message that a peer has just sent. */
  async function expectArrival(order: Order, one: Case, peer: Peer): Promise<void> {
    const { ownSubject = false } = peer;
    await order.arrived();
    const sent = (await gateway.sent(0)).at(-1);
    expect(sent?.sendAs).toBe('noreply@contoso.com');
    expect([...(sent?.recipients ?? [])].sort()).toEqual([...order.to, ...order.bcc].sort());
    expect(sent?.to).toEqual(order.to);
    expect(sent?.bcc).toEqual(order.bcc);
    expect(ownSubject || sent?.subject === 'scan').toBe(true);
    const sha256 = createHash('sha256').update(attachment).digest('hex');
    expect(sent?.attachments.map(({ name, sha256: found }) => ({ name, sha256: found }))).toEqual(
      order.attachmentFile === undefined ? [] : [{ name: 'scan.bin', sha256 }],
    );
    expect(gateway.sandbox.violations).toEqual([]);
    expect(gateway.log.findLast(({ event }) => event === 'message.accepted')).toMatchObject(
      order.secure
        ? { listener: listenerFor(one, peer), client: 'apps', username: 'app' }
        : { listener: 'plain', client: 'machine' },
    );
  }

  return (peer) => {
    const { name, missing, send, cannot = [] } = peer;
    const title = missing === undefined ? name : `${name}: ${missing}`;
    const possible = chosenCases.filter(
      ({ needs }) => !needs.some((need) => cannot.includes(need)),
    );
    describe.skipIf(missing !== undefined)(title, () => {
      test.each(possible)('$title', async (one) => {
        const order = await place(one, peer);
        await send(order);
        await expectArrival(order, one, peer);
      });
    });
  };
}

function listenerFor({ secure }: Case, { implicitTls = false }: Peer): string {
  if (!secure) return 'plain';
  return implicitTls ? 'implicit' : 'secure';
}

function blocksFor({ certFile, keyFile }: CertificateFiles): Readonly<Record<string, string>> {
  const certificate = `certificate: { cert: "${certFile}", key: "${keyFile}" }`;
  return {
    listeners: `listeners:
  - { name: plain, address: "127.0.0.1:0" }
  - { name: secure, address: "127.0.0.1:0", tls: required, ${certificate} }
  - { name: implicit, address: "127.0.0.1:0", tls: implicit, ${certificate} }`,
    clients: `clients:
  - { name: machine, networks: [127.0.0.0/8] }
  - { name: apps, login: { username: app, password: secret }, senders: ["*"] }`,
    from: 'from: { force: default, address: noreply@contoso.com, defaults: ["root@*"] }',
  };
}
