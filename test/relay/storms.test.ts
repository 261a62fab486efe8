// A service in trouble: whatever mixture of refusals, waits and broken connections it answers with, mail arrives, and once.
import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import type { RecordedRequest } from '../../src/sandbox/journal.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { impatientQueue } from '../crash/queue.ts';
import { createRandom } from '../crash/random.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

const throttled = (retryAfter: () => string): Fault => ({
  status: 429,
  headers: {
    get 'Retry-After'() {
      return retryAfter();
    },
  },
  body: '{"error":{"code":"ApplicationThrottled","message":"Too many requests."}}',
});

/** Of 100 sends so many meet this; the others are answered as ever. */
const storm: readonly (readonly [percent: number, fault: Fault])[] = [
  [10, { status: 503, body: '{"error":{"code":"UnknownError","message":"Try again."}}' }],
  [4, throttled(() => '1')],
  [3, throttled(() => '1.128')],
  [3, throttled(() => new Date(Date.now() + 2_000).toUTCString())],
  [5, { cut: 'after' }],
  [5, { cut: 'before' }],
  [3, { cut: 'mid-body' }],
  [5, { dripMs: 1 }],
];

/** Which fault a send meets is drawn once, by the seed. */
function raiseStorm({ faults }: Sandbox, seed: number): void {
  const random = createRandom(seed);
  const drawn = new WeakMap<RecordedRequest, number>();
  const draw = (request: RecordedRequest) => {
    const percent = drawn.get(request) ?? random.next() * 100;
    drawn.set(request, percent);
    return percent;
  };
  let from = 0;
  for (const [percent, fault] of storm) {
    const [least, most] = [from, (from += percent)];
    const match = (request: RecordedRequest) =>
      isSend(request) && draw(request) >= least && draw(request) < most;
    faults.next(fault, { times: Infinity, match });
  }
}

function isSend({ path }: RecordedRequest): boolean {
  return path.endsWith('/sendMail');
}

async function sendSome(gateway: TestGateway, count: number): Promise<readonly string[]> {
  const subjects = Array.from({ length: count }, (_, number) => `message ${number}`);
  for (const [number, subject] of subjects.entries()) {
    const from = `app${number % 8}@contoso.com`;
    const own = number % 2 === 0 ? [`Message-ID: <storm-${number}@client.example>`] : [];
    const header = [`From: ${from}`, 'To: ann@example.com', `Subject: ${subject}`, ...own];
    const raw = `${header.join('\r\n')}\r\n\r\n${subject}\r\n`;
    await gateway.send({ envelope: { from, to: 'ann@example.com' }, raw });
  }
  return subjects;
}

test('a storm of refusals, waits and broken connections loses nothing, doubles nothing, and hurries nobody', async () => {
  await using gateway = await startTestGateway({ queue: impatientQueue('sqlite:graphpost.db') });
  const { sandbox } = gateway;
  raiseStorm(sandbox, 1);
  const subjects = await sendSome(gateway, 160);
  const isDelivered = (line: Record<string, unknown>) => line['outcome'] === 'delivered';
  await until(() => gateway.log.filter(isDelivered).length === subjects.length, {
    withinMs: 60_000,
  });
  const arrived = sandbox.mailbox.list().map(({ subject }) => subject);
  expect(arrived.toSorted()).toEqual(subjects.toSorted());
  // Among them is each request that came before the end of a Retry-After, or as the fifth at once of its mailbox.
  expect(sandbox.violations).toEqual([]);
  expect(sandbox.requests.filter(({ status }) => status === 429)).not.toEqual([]);
}, 90_000);

// A Retry-After to a look-up is not heard yet.
test('a look-up that is told to wait holds its mailbox, as a send does', async () => {
  await using gateway = await startTestGateway({ queue: impatientQueue('sqlite:graphpost.db') });
  const { sandbox } = gateway;
  const isLookUp = ({ method, service }: RecordedRequest) =>
    method === 'GET' && service === 'graph';
  sandbox.faults.next({ cut: 'after' }, { match: isSend });
  sandbox.faults.next(
    throttled(() => '1'),
    { times: 4, match: isLookUp },
  );
  await sendSome(gateway, 1);
  await until(() => sandbox.requests.filter(isLookUp).length > 4);
  expect(sandbox.violations).toEqual([]);
});
