// Many mailboxes at the limits of Graph: none is ever told to wait, and none stands idle. `npm run test:pace` is the whole.
import { createTransport } from 'nodemailer';
import { describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../src/sandbox/journal.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import {
  cloudConnection,
  createGatewayProcess,
  type GatewayProcess,
} from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

const isWhole = process.env['GRAPHPOST_TEST_PACE'] === 'whole';
/** Graph's own limit bounds it: four at once for each mailbox. In the short run a busy machine may take its time. */
const run = isWhole
  ? { lanes: 50, messages: 10_000, requestMs: 600, leastUse: 0.9 }
  : { lanes: 8, messages: 320, requestMs: 200, leastUse: 0.05 };
const atOnce = 4;
const timeoutMs = 240_000;

/** With fractions: to the millisecond, many requests would begin and end at once. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function startSandbox(limits: SandboxOptions['limits'] = {}): Promise<Sandbox> {
  return createSandbox({
    now,
    keepRequests: 2 * run.messages,
    limits,
  });
}

async function startGateway(
  sandbox: Sandbox,
  limits: Readonly<Record<string, number>>,
): Promise<GatewayProcess> {
  const connections = `${cloudConnection(sandbox)}\n    limits: ${JSON.stringify(limits)}`;
  const gateway = await createGatewayProcess(sandbox, { changes: { connections } });
  await gateway.start();
  return gateway;
}

function isSend({ path }: RecordedRequest): boolean {
  return path.endsWith('/sendMail');
}

function sendsOf({ requests }: Sandbox): readonly RecordedRequest[] {
  return requests.filter(isSend);
}

function countSent(sandbox: Sandbox): number {
  return sendsOf(sandbox).filter(({ status }) => status === 202).length;
}

/** From one mailbox after the other. */
async function sendAll(
  port: number,
  {
    lanes,
    messages,
    text = 'x',
  }: { readonly lanes: number; readonly messages: number; readonly text?: string },
): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    pool: true,
    maxConnections: 10,
    maxMessages: Infinity,
  });
  const numbers = Array.from({ length: messages }, (_, number) => number);
  await Promise.all(
    numbers.map((number) =>
      transport.sendMail({
        from: `app${number % lanes}@contoso.com`,
        to: 'ann@example.com',
        subject: String(number),
        text,
      }),
    ),
  );
  transport.close();
}

/** The most requests that overlap. */
function mostAtOnce(sends: readonly RecordedRequest[]): number {
  const changes = sends.flatMap(({ startedAt, endedAt = Infinity }) => [
    { at: startedAt, by: 1 },
    { at: endedAt, by: -1 },
  ]);
  changes.sort((one, other) => one.at - other.at || one.by - other.by);
  let open = 0;
  return Math.max(...changes.map(({ by }) => (open += by)));
}

/** How much of the places of all mailboxes was taken from that time on. */
function useSince(from: number, sends: readonly RecordedRequest[]): number {
  const later = sends.filter(({ startedAt }) => startedAt >= from);
  const busyMs = later.reduce(
    (sum, { startedAt, endedAt = startedAt }) => sum + endedAt - startedAt,
    0,
  );
  const elapsedMs = Math.max(...later.map(({ endedAt = 0 }) => endedAt)) - from;
  return busyMs / (elapsedMs * run.lanes * atOnce);
}

describe('a gateway at the limits of many mailboxes', () => {
  test(
    `${run.messages} messages of ${run.lanes} mailboxes: no 429, and the limits are made use of`,
    { timeout: timeoutMs },
    async () => {
      await using sandbox = await startSandbox();
      const allAccepted = Promise.withResolvers<void>();
      // The first of each mailbox wait until there is mail for all, so that nothing but the limits is measured.
      sandbox.faults.next(
        { until: allAccepted.promise },
        { times: run.lanes * atOnce, match: isSend },
      );
      sandbox.faults.next({ delayMs: run.requestMs }, { times: Infinity, match: isSend });
      await using gateway = await createGatewayProcess(sandbox, {
        changes: {
          log: 'log: { level: warn, format: json }',
        },
      });
      await gateway.start();
      await sendAll(gateway.smtpPort, run);
      const fullAt = now();
      allAccepted.resolve();
      await until(() => countSent(sandbox) === run.messages, { withinMs: timeoutMs });
      const sends = sendsOf(sandbox);
      expect(sends).toHaveLength(run.messages);
      expect(sandbox.violations).toEqual([]);
      // The first of each mailbox had to wait for each other, so that this holds on any machine.
      for (const ofOne of Map.groupBy(sends, ({ path }) => path).values())
        expect(mostAtOnce(ofOne)).toBe(atOnce);
      expect(useSince(fullAt, sends)).toBeGreaterThan(run.leastUse);
    },
  );

  test('whose requests of ten minutes are used up: the rest waits, and nobody has to say so', async () => {
    const requestsPer10Minutes = 40;
    await using sandbox = await startSandbox({ requestsPer10Minutes });
    await using gateway = await startGateway(sandbox, { requestsPer10Minutes });
    await sendAll(gateway.smtpPort, { lanes: 2, messages: 100 });
    await until(() => countSent(sandbox) === 2 * requestsPer10Minutes);
    expect(sendsOf(sandbox)).toHaveLength(2 * requestsPer10Minutes);
    expect(sandbox.violations).toEqual([]);
  });

  test('whose uploads of five minutes are used up by small messages: the rest waits', async () => {
    const uploadBytesPer5Minutes = 2_000_000;
    await using sandbox = await startSandbox({ uploadBytesPer5Minutes });
    await using gateway = await startGateway(sandbox, {
      uploadPer5Minutes: uploadBytesPer5Minutes,
    });
    const text = 'A line of some length.\r\n'.repeat(4_000);
    await sendAll(gateway.smtpPort, { lanes: 1, messages: 30, text });
    const given = () => sendsOf(sandbox).map(({ bodyBytes }) => bodyBytes);
    const sum = () => given().reduce((all, bytes) => all + bytes, 0);
    await until(() => sum() + Math.max(...given()) > uploadBytesPer5Minutes);
    expect(sum()).toBeLessThanOrEqual(uploadBytesPer5Minutes);
    expect(sandbox.violations).toEqual([]);
  });
});
