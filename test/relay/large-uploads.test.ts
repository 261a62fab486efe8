// Large messages through a gateway of its own process: by draft and upload session, whole, and once.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../src/sandbox/journal.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import type { SandboxMessage } from '../../src/relay/ports.ts';
import { freePort } from '../support/free-port.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { sendLargeMail, type LargeFile } from '../support/large-mail.ts';
import { until } from '../support/until.ts';

const megabyte = 1_000_000;
/** Twenty of 20 MB take a minute: `npm run test:pace`. */
const isWhole = process.env['GRAPHPOST_TEST_PACE'] === 'whole';
const crowd = isWhole ? { count: 20, megabytes: 20 } : { count: 6, megabytes: 7 };
/** On a machine that has much else to do. */
const longMs = 120_000;
let sandbox: Sandbox;
let gateway: GatewayProcess;
let smtpPort: number;
let idleBytes: number;
/** So that memory tells what is held, and not how late V8 clears up. */
const littleHeap = {
  env: { NODE_OPTIONS: '--max-old-space-size=160 --max-semi-space-size=2' },
};

beforeAll(async () => {
  // What a mailbox takes whose administrator has raised MaxSendSize as far as it goes; and room for 149 MB at once,
  // for which a gateway has to wait otherwise, as small files travel in base64.
  sandbox = await createSandbox({
    now: Date.now,
    limits: { messageBytes: 210 * megabyte, uploadBytesPer5Minutes: 160 * megabyte },
  });
  smtpPort = await freePort();
  gateway = await createGatewayProcess(sandbox, {
    changes: {
      listeners: `listeners: [{ name: apps, address: "127.0.0.1:${smtpPort}" }]`,
      limits: 'limits: { messageSize: 210MB }',
      queue:
        'queue: { store: "sqlite:graphpost.db", lookupAfter: 100ms, retry: { first: 100ms, longest: 1s, giveUpAfter: 1h }, full: { freeDisk: 0% } }',
    },
  });
  await gateway.start(littleHeap);
  idleBytes = existsSync('/proc/self/status') ? peakBytes() : 0;
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const longName = `${'long-'.repeat(39)}x.bin`;

/** Names in all forms that mailers write, with what they say. */
const kinds: readonly { readonly header: readonly string[]; readonly name: string }[] = [
  {
    header: [
      'Content-Type: image/png',
      'Content-ID: <logo@app>',
      'Content-Disposition: inline; filename=logo.png',
    ],
    name: 'logo.png',
  },
  {
    header: [
      'Content-Type: application/pdf',
      "Content-Disposition: attachment; filename*0*=utf-8''%C3%9Cber;",
      ' filename*1*=sicht%20; filename*2="2026.pdf"',
    ],
    name: 'Übersicht 2026.pdf',
  },
  {
    header: [
      'Content-Type: application/zip; name="=?utf-8?Q?Pr=C3=BCfung.zip?="',
      'Content-Disposition: attachment',
    ],
    name: 'Prüfung.zip',
  },
  {
    header: [
      'Content-Type: application/octet-stream',
      "Content-Disposition: attachment; filename*=utf-8''%E5%A0%B1%E5%91%8A%E6%9B%B8.bin",
    ],
    name: '報告書.bin',
  },
  {
    header: [
      'Content-Type: application/octet-stream',
      `Content-Disposition: attachment; filename="${longName}"`,
    ],
    name: longName,
  },
];

/** One file of each kind: a small one, one below the border of upload sessions, and the rest. */
function filesOf(bytes: number): readonly LargeFile[] {
  const sizes = [40_000, bytes - 6_340_001, 2_999_999, 3_000_001, 300_001];
  return kinds.map(({ header }, at) => ({ header, bytes: sizes[at] ?? 0 }));
}

async function received(subject: string): Promise<SandboxMessage> {
  const find = () => sandbox.mailbox.list().find((message) => message.subject === subject);
  await until(() => find() !== undefined, { withinMs: 100_000 });
  const message = await sandbox.mailbox.get(find()?.id ?? '');
  if (!message) throw new Error(`"${subject}" did not stay`);
  return message;
}

function expectWhole(message: SandboxMessage, digests: readonly string[]): void {
  expect(message.attachments.map(({ sha256 }) => sha256)).toEqual(digests);
  expect(message.attachments.map(({ name }) => name)).toEqual(kinds.map(({ name }) => name));
  expect(message.html).toContain('cid:logo@app');
  expect(Buffer.from(message.raw).includes('Content-ID: <logo@app>')).toBe(true);
  expect(sandbox.violations).toEqual([]);
}

test.each([20, 60, 149])(
  '%i MB arrive as they were sent',
  async (megabytes) => {
    const subject = `${megabytes} MB`;
    // A mailbox of its own: what Graph takes in five minutes counts for each.
    const from = `shop${megabytes}@contoso.com`;
    const files = filesOf(megabytes * megabyte);
    const digests = await sendLargeMail(smtpPort, { from, subject, files });
    expectWhole(await received(subject), digests);
  },
  longMs,
);

test(
  `${crowd.count} of ${crowd.megabytes} MB at once arrive as they were sent`,
  async () => {
    const numbers = Array.from({ length: crowd.count }, (_, number) => number);
    const files = filesOf(crowd.megabytes * megabyte);
    await Promise.all(
      numbers.map(async (number) => {
        const [subject, from] = [`at once ${number}`, `crowd${number}@contoso.com`];
        const digests = await sendLargeMail(smtpPort, { from, subject, files });
        expectWhole(await received(subject), digests);
      }),
    );
  },
  longMs,
);

/** The most memory that the gateway has had so far, in bytes (proc(5)). */
function peakBytes(): number {
  const status = readFileSync(`/proc/${gateway.pid()}/status`, 'utf8');
  return 1_024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}

test.runIf(existsSync('/proc/self/status'))('takes no memory for their size', () => {
  expect(peakBytes() - idleBytes).toBeLessThan(160 * megabyte);
});

describe('a gateway that is killed in the middle of an upload', () => {
  test(
    'removes the draft that it left, and sends the message once',
    async () => {
      const reached = Promise.withResolvers<void>();
      const subject = 'killed';
      const isSecondSlice = ({ method, headers }: RecordedRequest) =>
        method === 'PUT' && headers['content-range']?.startsWith('bytes 3932160-') === true;
      sandbox.faults.next(
        { until: new Promise(() => {}) },
        {
          on: 'upload',
          match: (request) => {
            if (isSecondSlice(request)) reached.resolve();
            return isSecondSlice(request);
          },
        },
      );
      const files = filesOf(12 * megabyte);
      const from = 'killed@contoso.com';
      const digests = await sendLargeMail(smtpPort, { from, subject, files });
      await reached.promise;
      await gateway.stop('SIGKILL');
      await gateway.start(littleHeap);
      expectWhole(await received(subject), digests);
      await until(() => sandbox.drafts.length === 0);
      expect(sandbox.mailbox.list().filter((message) => message.subject === subject)).toHaveLength(
        1,
      );
    },
    longMs,
  );
});
