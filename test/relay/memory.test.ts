// The memory law: what a gateway takes grows with the messages that are under way, and not with those that wait.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { connectGreeted } from '../dialogs/raw-client.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

const megabyte = 1_000_000;
const connections = 8;
/** So many that none of them has used up what Graph takes in five minutes. */
const mailboxes = 16;
const large = { count: 200, bytes: 500_000 };
const small = { count: 400, bytes: 500 };
/** Of 100 MB that wait, three quarters: V8 lets buffers of 64 MB gather before it looks for those that nobody needs. */
const mostGrowthBytes = 75 * megabyte;
/** On a machine that has much else to do. */
const longMs = 120_000;
const sentOn = 202;

let sandbox: Sandbox;
let gateway: GatewayProcess;
let isPaused = false;

beforeAll(async () => {
  sandbox = await createSandbox({ now: Date.now, keepMessages: 1, keepRequests: 100_000 });
  const body = JSON.stringify({ error: { code: 'TooManyRequests', message: 'Try again later.' } });
  const headers = { 'content-type': 'application/json', 'retry-after': '1' };
  sandbox.faults.next(
    { status: 429, headers, body },
    { times: Infinity, match: ({ path }) => isPaused && path.endsWith('/sendMail') },
  );
  gateway = await createGatewayProcess(sandbox);
  // Little room, so that memory tells what is held, and not how late V8 clears up.
  const options = '--max-old-space-size=80 --max-semi-space-size=1';
  await gateway.start({ env: { NODE_OPTIONS: options } });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** Over several connections at once. Resolves when all have their 250. */
async function handOver({ count, bytes }: typeof large): Promise<void> {
  const body = 'x'
    .repeat(78)
    .concat('\r\n')
    .repeat(Math.ceil(bytes / 80));
  const numbers = Array.from({ length: count }, (_, number) => number).values();
  const sendAll = async () => {
    using client = await connectGreeted({ host: '127.0.0.1', port: gateway.smtpPort });
    await client.say('EHLO app');
    for (const number of numbers) {
      const from = `app${number % mailboxes}@contoso.com`;
      await client.sayAll(`MAIL FROM:<${from}>`, 'RCPT TO:<b@example.com>', 'DATA');
      const header = `From: ${from}\r\nTo: b@example.com\r\nSubject: ${number}`;
      expect(await client.say(`${header}\r\n\r\n${body}.`)).toMatch(/^250 /);
    }
  };
  await Promise.all(Array.from({ length: connections }, sendAll));
}

function countSent(): number {
  const isSent = ({ status, path }: (typeof sandbox.requests)[number]) =>
    status === sentOn && path.endsWith('/sendMail');
  return sandbox.requests.filter(isSent).length;
}

async function untilSent(count: number): Promise<void> {
  await until(() => countSent() >= count, { withinMs: 100_000 });
}

/** The most memory that the gateway has had so far, in bytes (proc(5)). */
function peakBytes(): number {
  const status = readFileSync(`/proc/${gateway.pid()}/status`, 'utf8');
  return 1_024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}

test.runIf(existsSync('/proc/self/status'))(
  'messages that wait take no more memory than those that pass',
  async () => {
    const passing = { ...large, count: 50 };
    await handOver(passing);
    await untilSent(passing.count);
    const peakOfPassing = peakBytes();
    isPaused = true;
    await handOver(large);
    await handOver(small);
    expect(countSent()).toBe(passing.count);
    isPaused = false;
    const all = passing.count + large.count + small.count;
    await untilSent(all);
    expect(peakBytes() - peakOfPassing).toBeLessThan(mostGrowthBytes);
    expect(countSent()).toBe(all);
  },
  longMs,
);
