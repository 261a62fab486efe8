// Mutated messages through the whole gateway: it never throws, sends each body as it came, and to the envelope's recipients.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectGreeted } from '../dialogs/raw-client.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { fuzzTimeoutMs, inRounds } from './budget.ts';
import { mutatedMail } from './mutated-mail.ts';

/** As many requests as a mailbox is allowed are soon made: their mail is spread over some. */
const mailboxes = [1, 2, 3, 4];

/** Whole as MIME, or taken apart into a draft: the recipient decides. */
const ways = ['whole', 'draft'] as const;

function connections(): string {
  const lines = mailboxes.flatMap((number) => {
    const [whole, draft] = ways.map((way) => {
      const address = `${way}${number}@contoso.com`;
      const from = `from: { force: always, address: ${address} }`;
      return `type: sandbox, sendAs: ${address}, ${from}, mime: { quotedPrintable: keep }`;
    });
    return [`  whole${number}: { ${whole} }`, `  draft${number}: { ${draft}, requestLimit: 1000 }`];
  });
  return `connections:\n${lines.join('\n')}`;
}

function routes(): string {
  const names = mailboxes.flatMap((number) => ways.map((way) => `${way}${number}`));
  const lines = names.map(
    (name) =>
      `  - { name: ${name}, when: { recipient: { is: ${name}@example.com } }, send: { via: ${name} } }`,
  );
  return `routes:\n${lines.join('\n')}`;
}

async function start(): Promise<TestGateway> {
  return await startTestGateway({
    connections: connections(),
    routes: routes(),
    default: 'default: { send: { via: whole1 } }',
  });
}

interface Sending {
  /** Latin1. */
  readonly message: string;
  readonly forwardPath: string;
}

/** Resolves with the reply at the dot. */
async function submit({ message, forwardPath }: Sending, port: number): Promise<string> {
  using client = await connectGreeted({ host: '127.0.0.1', port });
  await client.sayAll('EHLO me', 'MAIL FROM:<>', `RCPT TO:<${forwardPath}>`, 'DATA');
  const stuffed = normalised(message).replaceAll(/(^|\r\n)\./g, '$1..');
  await client.write(Buffer.from(`${stuffed}.\r\nQUIT\r\n`, 'latin1'));
  return (await client.read()) ?? '';
}

/** As every message is that a client has sent. */
function normalised(message: string): string {
  const text = message.replaceAll(/\r\n|\r|\n/g, '\r\n');
  return text.endsWith('\r\n') ? text : `${text}\r\n`;
}

/** What follows the first empty line. */
function bodyOf(message: string): string {
  return message.split('\r\n\r\n').slice(1).join('\r\n\r\n');
}

/** A field Bcc in a part is the client's: what it wrote into its body stays as it is. */
function isOurs(violation: string): boolean {
  return !violation.startsWith('The header of a MIME part has a field Bcc');
}

/** Text that follows the fields without an empty line is body, too; where there is none at all, one is added at the end. */
function isBodyOf(body: string, message: string): boolean {
  const given = normalised(message);
  if (!given.includes('\r\n\r\n')) return `${given}\r\n`.endsWith(body);
  return given.endsWith(body) && body.length >= bodyOf(given).length;
}

/** The state that its only delivery is in after its attempt. */
async function settled(id: string, { log }: TestGateway): Promise<unknown> {
  const find = () =>
    log.findLast((line) => line['event'] === 'delivery.attempted' && line['id'] === id);
  await until(() => find() !== undefined);
  return find()?.['state'];
}

test(
  'a mutated message is refused, or leaves with its body to its recipient',
  async () => {
    await inRounds(4_000, async (round) => {
      await using gateway = await start();
      const number = fc.constantFrom(...mailboxes);
      const law = fc.asyncProperty(
        mutatedMail,
        fc.constantFrom(...ways),
        number,
        async (message, way, mailbox) => {
          const forwardPath = `${way}${mailbox}@example.com`;
          const reply = await submit({ message, forwardPath }, gateway.smtpPort);
          const id = /^250 2\.0\.0 queued as (\S+)/.exec(reply)?.[1];
          // First: a fault says more than the reply that it led to.
          expect(gateway.log.filter(({ event }) => event === 'fault')).toEqual([]);
          expect(id ?? reply).toMatch(/^[^ ]+$|^55\d 5\./);
          if (id === undefined || (await settled(id, gateway)) !== 'delivered') return;
          const [summary] = gateway.sandbox.mailbox.list();
          const sent = summary && (await gateway.sandbox.mailbox.get(summary.id));
          expect(sent?.recipients).toEqual([forwardPath]);
          expect(gateway.sandbox.violations.filter(isOurs)).toEqual([]);
          const raw = Buffer.from(sent?.raw ?? []).toString('latin1');
          // What Exchange does not take as MIME goes as JSON, without our Received.
          const isAsItCame = raw.startsWith('Received: ');
          expect(isAsItCame ? isBodyOf(bodyOf(raw), message) : true).toBe(true);
        },
      );
      await fc.assert(law, round);
    });
  },
  fuzzTimeoutMs,
);
