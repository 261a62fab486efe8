// One mailbox has a few requests in flight at most, and does not hold up another.
import { expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

/** The most requests that overlap. */
function mostAtOnce(
  requests: readonly { startedAt: number; endedAt?: number | undefined }[],
): number {
  const changes = requests.flatMap(({ startedAt, endedAt = Infinity }) => [
    { at: startedAt, by: 1 },
    { at: endedAt, by: -1 },
  ]);
  // An end and a start in the same millisecond: the end came first, or Graph would have said 429.
  changes.sort((one, other) => one.at - other.at || one.by - other.by);
  let now = 0;
  return Math.max(...changes.map(({ by }) => (now += by)));
}

test('a burst from one mailbox goes with four requests at once, and others pass it by', async () => {
  await using gateway = await startTestGateway();
  const { sandbox } = gateway;
  const answered = Promise.withResolvers<void>();
  sandbox.faults.next({ until: answered.promise }, { times: 4, on: 'graph' });
  const burst = Array.from({ length: 30 }, (_, number) =>
    gateway.send({
      from: 'bulk@contoso.com',
      to: 'ann@example.com',
      subject: `bulk ${number}`,
      text: 'x',
    }),
  );
  await Promise.all(burst);
  await gateway.send({
    from: 'other@contoso.com',
    to: 'ann@example.com',
    subject: 'other',
    text: 'x',
  });
  await until(() => sandbox.mailbox.list().some(({ subject }) => subject === 'other'));
  // The four whose answers are held back have been carried out; no fifth has begun.
  expect(sandbox.mailbox.list()).toHaveLength(5);
  answered.resolve();
  await gateway.sent(31);
  const sends = sandbox.requests.filter(({ path }) => path.includes('bulk'));
  expect(mostAtOnce(sends)).toBe(4);
  expect(sandbox.violations).toEqual([]);
});
