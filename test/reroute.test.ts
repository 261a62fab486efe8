// Messages that are routed anew: which deliveries take the place of which, and which are left alone.
import { rm } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createOfflinePolicy } from '../src/trial/offline-policy.ts';
import { loadConfig } from '../src/config/load.ts';
import type { DeliveryState } from '../src/core/delivery.ts';
import type { Route } from '../src/core/route.ts';
import { ThreadedContentReader } from '../src/mime/content-reader.ts';
import { mime } from '../src/mime/mime.ts';
import { messageParts } from '../src/mime/part-port.ts';
import { createOperator } from '../src/relay/operator.ts';
import type { Policy } from '../src/relay/policy.ts';
import {
  StoreError,
  type Acceptance,
  type DeliveryRecord,
  type MessageRecord,
  type NewDelivery,
  type Transaction,
} from '../src/relay/ports.ts';
import { address, fakeMessage, type FakeMessage } from './support/fake-queue.ts';
import { writeConfig } from './support/gateway.ts';

const now = Date.UTC(2026, 10, 22, 12);
const raw = Buffer.from(
  'From: app@example.com\r\nTo: ann@example.com\r\nSubject: Invoice\r\nMessage-ID: <1@example.com>\r\n\r\nPay 7 EUR\r\n',
);
const [ann, paul, archive, qa, qb] = [
  address('ann@example.com'),
  address('paul@example.com'),
  address('archive@contoso.com'),
  address('qa@contoso.com'),
  address('qb@contoso.com'),
];
const choices = { dryRun: false, force: false };

/** By which all of these were routed. */
const before: Route = {
  rule: 'before',
  action: { kind: 'send', via: 'main', backup: [], priority: 'normal' },
  forwardPaths: [ann],
};

const billing = `routes:
  - name: billing
    when: { subject: { is: Invoice } }
    send: { via: second }`;

const overHost = 'default: { send: { via: host } }';
const redirecting = 'default: { send: { via: host }, redirect: [qa@contoso.com, qb@contoso.com] }';

describe('reroute()', () => {
  test('puts what the rules of today make of it into its place', async () => {
    const { operator, replaced, due } = await setUp(billing, [{}]);
    const report = await operator.reroute({}, choices);
    expect(report.counts).toEqual({ rerouted: 1, unchanged: 0, left: 0 });
    expect(replaced).toMatchObject([
      {
        deliveryId: 'q0-1',
        deliveries: [{ messageId: 'q0', connection: 'second', state: 'ready', dueAt: now }],
      },
    ]);
    expect(replaced[0]?.deliveries[0]?.route).toMatchObject({
      rule: 'billing',
      forwardPaths: [ann],
    });
    expect(replaced[0]?.deliveries[0]?.id).toMatch(/^q0-[0-9a-z]{7}$/);
    expect(due()).toBe(1);
  });

  test('as a dry run says the same and does nothing', async () => {
    const { operator, replaced, due } = await setUp(billing, [{}]);
    const report = await operator.reroute({}, { ...choices, dryRun: true });
    expect(report.reroutings[0]).toMatchObject({
      route: 'before',
      connection: 'play',
      verdict: 'rerouted',
      instead: [{ connection: 'second' }],
    });
    expect([replaced, due()]).toEqual([[], 0]);
  });

  test.each<[string, Partial<FakeMessage>, string]>([
    ['was delivered', { state: 'delivered' }, 'It was delivered'],
    ['is on its way', { state: 'sending' }, 'Its attempt is under way, or it is gone'],
    [
      'is unsure',
      { state: 'unsure' },
      'It may have been sent already: it is rerouted only by force',
    ],
    [
      'is held in doubt',
      { state: 'held', mayHaveBeenSent: true },
      'It may have been sent already: it is rerouted only by force',
    ],
  ])('leaves one alone that %s', async (_, message, reason) => {
    const { operator, replaced } = await setUp(billing, [message]);
    const { reroutings } = await operator.reroute({}, choices);
    expect(reroutings).toMatchObject([{ verdict: 'left', reason }]);
    expect(replaced).toEqual([]);
  });

  test.each([
    [{ state: 'unsure' }, '', 'unsure'],
    [{ state: 'held', mayHaveBeenSent: true }, '', 'unsure'],
    [{ state: 'failed', mayHaveBeenSent: true }, '', 'unsure'],
    [{ state: 'unsure' }, '\n    hold: true', 'held'],
  ] as const)(
    'by force makes of one that may have been sent (%j) one in doubt%s',
    async (message, hold, state) => {
      const { operator, replaced } = await setUp(`${billing}${hold}`, [message]);
      await operator.reroute({}, { ...choices, force: true });
      expect(replaced[0]?.deliveries).toMatchObject([{ state, mayHaveBeenSent: true }]);
    },
  );

  test('puts nothing into the place of one that was changed since it was looked at', async () => {
    const { operator, replaced, changed } = await setUp(billing, [{ state: 'failed' }]);
    changed.add('q0-1');
    const { counts, reroutings } = await operator.reroute({}, choices);
    expect(counts).toEqual({ rerouted: 0, unchanged: 0, left: 1 });
    expect(reroutings[0]?.reason).toContain('Meanwhile');
    expect(replaced).toMatchObject([{ deliveryId: 'q0-1', seen: { fence: 0, state: 'failed' } }]);
  });

  test.each([
    ['send: { via: second }', { hold: false }, 'held'],
    ['send: { via: second }', { hold: true }, 'ready'],
    ['send: { via: second }\n    hold: true', { hold: false }, 'held'],
    ['send: { via: second }\n    hold: true', { hold: true }, 'held'],
  ] as const)(
    'with "%s" makes of one that was held by %j one that is %s',
    async (action, { hold }, state) => {
      const route = { ...before, action: { ...before.action, hold } } as Route;
      const { operator, replaced } = await setUp(
        `routes:\n  - name: today\n    when: { subject: { is: Invoice } }\n    ${action}`,
        [{ state: 'held', route }],
      );
      await operator.reroute({}, choices);
      expect(replaced[0]?.deliveries[0]?.state).toBe(state);
    },
  );

  test.each([
    ['drop: true', 'The rule "away" drops it'],
    ['refuse: No', 'The rule "away" refuses it'],
  ])('leaves one alone for which the rule of today says %s', async (action, reason) => {
    const { operator, replaced } = await setUp(
      `routes:\n  - name: away\n    when: { subject: { is: Invoice } }\n    ${action}`,
      [{}],
    );
    const { reroutings } = await operator.reroute({}, choices);
    expect(reroutings[0]).toMatchObject({ verdict: 'left' });
    expect(reroutings[0]?.reason).toContain(reason);
    expect(replaced).toEqual([]);
  });

  test('says that nothing changes where it would leave the same way', async () => {
    const { operator, replaced } = await setUp(billing, [{}]);
    await operator.reroute({}, choices);
    const [made] = replaced.flatMap(({ deliveries }) => deliveries);
    if (!made) throw new Error('Nothing was rerouted');
    const again = await setUp(billing, [{ route: made.route }]);
    again.takeOver(made);
    expect((await again.operator.reroute({}, choices)).counts.unchanged).toBe(1);
    expect(again.replaced).toEqual([]);
  });

  test('sends those of a redirected one, and not those who got it instead', async () => {
    const redirected: Route = { ...before, forwardPaths: [archive], insteadOf: [ann, paul] };
    const { operator, replaced } = await setUp(billing, [
      { route: redirected, forwardPaths: [ann, paul] },
    ]);
    await operator.reroute({}, choices);
    expect(replaced[0]?.deliveries[0]?.route.forwardPaths).toEqual([ann, paul]);
  });

  test("sends no second copy to a rule's further recipients who have one by another delivery", async () => {
    const copying = `${billing}\n    bcc: [archive@contoso.com]`;
    const { operator, replaced, records } = await setUp(copying, [
      { forwardPaths: [ann, paul], route: { ...before, forwardPaths: [ann] } },
    ]);
    const [record] = records;
    const sibling = fakeMessage({
      id: 'q0',
      receivedAt: now,
      route: { ...before, forwardPaths: [paul, archive] },
    }).deliveries.map((one) => ({ ...one, id: 'q0-2' }));
    records[0] = {
      ...record,
      deliveries: [...(record?.deliveries ?? []), ...sibling],
    } as MessageRecord;
    await operator.reroute({ ids: ['q0-1'] }, choices);
    expect(replaced[0]?.deliveries[0]?.route.forwardPaths).toEqual([ann]);
  });

  describe('where a message was redirected to two, each with a send of his own', () => {
    test('changes nothing while the rules are the same, however often', async () => {
      const { operator, replaced, records } = await setUp(redirecting, [{}]);
      await operator.reroute({}, choices);
      expect(pathsIn(records)).toEqual([[qa], [qb]]);
      replaced.length = 0;
      for (let again = 0; again < 2; again++) {
        const { counts } = await operator.reroute({}, choices);
        expect(counts).toEqual({ rerouted: 0, unchanged: 2, left: 0 });
      }
      changeState(records, { index: 0, state: 'delivered' });
      const { counts } = await operator.reroute({}, choices);
      expect(counts).toEqual({ rerouted: 0, unchanged: 1, left: 1 });
      expect(replaced).toEqual([]);
    });

    test('sends it once to whom it was for, where the rules of today redirect nothing', async () => {
      const { operator, records, setRoutes } = await setUp(redirecting, [{}]);
      await operator.reroute({}, choices);
      await setRoutes(billing);
      const dry = await operator.reroute({}, { ...choices, dryRun: true });
      const { counts, reroutings } = await operator.reroute({}, choices);
      expect(counts).toEqual({ rerouted: 1, unchanged: 0, left: 1 });
      expect(dry.counts).toEqual(counts);
      expect(reroutings[1]?.reason).toContain('have it by another delivery');
      expect(pathsIn(records)).toEqual([[ann], [qb]]);
    });

    test.each(['sending', 'unsure', 'delivered'] as const)(
      'leaves one alone where the other copy is %s, so that nobody gets it beside',
      async (state) => {
        const { operator, replaced, records, setRoutes } = await setUp(redirecting, [{}]);
        await operator.reroute({}, choices);
        replaced.length = 0;
        changeState(records, { index: 1, state });
        await setRoutes(billing);
        const { reroutings } = await operator.reroute({ ids: idsOf(records).slice(0, 1) }, choices);
        expect(reroutings).toMatchObject([{ verdict: 'left' }]);
        expect(reroutings[0]?.reason).toContain('a redirected copy has gone in their place');
        expect(replaced).toEqual([]);
      },
    );

    test('sends a copy for each of those who had a delivery of their own', async () => {
      const { operator, records, setRoutes } = await setUp(overHost, [
        { forwardPaths: [ann, paul] },
      ]);
      await operator.reroute({}, choices);
      expect(pathsIn(records)).toEqual([[ann], [paul]]);
      await setRoutes(redirecting);
      await operator.reroute({}, choices);
      expect(pathsIn(records).flat().toSorted()).toEqual([qa, qa, qb, qb]);
      const [record] = records;
      const insteadOf = record?.deliveries.map(({ delivery }) => delivery.route.insteadOf);
      expect(insteadOf?.map(String).toSorted()).toEqual([ann, ann, paul, paul]);
    });
  });

  test('reads the content where a rule asks for it', async () => {
    const { operator, replaced } = await setUp(
      `routes:\n  - name: payment\n    when: { body: { contains: "7 EUR" } }\n    send: { via: second }`,
      [{}],
    );
    await operator.reroute({}, choices);
    expect(replaced[0]?.deliveries[0]?.route.rule).toBe('payment');
  });

  test('goes on after a message that cannot be read, and leaves one whose body is gone', async () => {
    const { operator, replaced, corrupt } = await setUp(billing, [{}, {}, {}]);
    corrupt.add('q0');
    const { counts, reroutings } = await operator.reroute({}, choices);
    expect(counts).toEqual({ rerouted: 2, unchanged: 0, left: 1 });
    expect(reroutings[0]).toMatchObject({ reason: 'The row cannot be read' });
    expect(replaced).toHaveLength(2);
  });
});

describe('resend()', () => {
  test('hands the stored bytes to acceptance for the new recipients alone', async () => {
    const { operator, taken } = await setUp(billing, [{ forwardPaths: [ann] }]);
    const again = address('PAUL@example.com');
    expect(await operator.resend('q0', [paul, again])).toEqual({ kind: 'accepted', id: 'new' });
    expect(taken).toMatchObject([
      {
        client: { name: 'erp' },
        envelope: { reversePath: 'app@example.com', forwardPaths: [again] },
        bytes: raw.toString('latin1'),
      },
    ]);
  });

  test('hands over none of the From that acceptance had added', async () => {
    const { operator, taken, records } = await setUp(billing, [{}]);
    const [record] = records as [MessageRecord];
    records[0] = { ...record, message: { ...record.message, fromWasMissing: true } };
    await operator.resend('q0', [paul]);
    const bytes = raw.toString('latin1').replace('From: app@example.com\r\n', '');
    expect(taken).toMatchObject([{ bytes }]);
  });

  test('is not possible for what is gone', async () => {
    const { operator, taken, records } = await setUp(billing, [{}]);
    expect(await operator.resend('nobody', [paul])).toBeUndefined();
    const [{ content: _, ...rest }] = records as [MessageRecord];
    records[0] = rest;
    expect(await operator.resend('q0', [paul])).toBeUndefined();
    expect(taken).toEqual([]);
  });
});

function pathsIn(records: readonly MessageRecord[]) {
  return records.flatMap(({ deliveries }) => deliveries.map(({ forwardPaths }) => forwardPaths));
}

function idsOf(records: readonly MessageRecord[]) {
  return records.flatMap(({ deliveries }) => deliveries.map(({ id }) => id));
}

/** Of one delivery of the first message. */
function changeState(
  records: MessageRecord[],
  { index, state }: { readonly index: number; readonly state: DeliveryState },
): void {
  const [record] = records as [MessageRecord];
  const deliveries = record.deliveries.map((one, at) => (at === index ? { ...one, state } : one));
  records[0] = { ...record, deliveries };
}

/** @param routes the parts `routes` or `default` of a configuration */
async function policyOf(routes: string): Promise<Policy> {
  const { file, folder } = await writeConfig({
    connections:
      'connections: { main: { type: sandbox }, second: { type: sandbox }, host: { type: smtp, url: "smtp://127.0.0.1:25" } }',
    ...(routes.startsWith('default') ? { default: routes } : { routes }),
  });
  onTestFinished(() => rm(folder, { recursive: true }));
  const loaded = loadConfig(file, { env: {} });
  if (loaded.kind === 'faulty') throw new Error(JSON.stringify(loaded.faults));
  return createOfflinePolicy(loaded.config);
}

/** A delivery that has taken the place of another. */
function inPlaceOf(old: DeliveryRecord, made: NewDelivery): DeliveryRecord {
  const { id, connection, lane, state, route, mayHaveBeenSent = false } = made;
  return {
    ...old,
    ...{ id, connection, lane, state, mayHaveBeenSent },
    route: route.rule,
    forwardPaths: route.forwardPaths,
    delivery: { ...old.delivery, id, connection, lane, state, route },
  };
}

async function setUp(routes: string, messages: readonly Partial<FakeMessage>[]) {
  let policy = await policyOf(routes);
  const contents = new ThreadedContentReader({ deadlineMs: 60_000, fault() {} });
  onTestFinished(() => contents[Symbol.asyncDispose]());
  const records: MessageRecord[] = messages.map((message, index) => {
    const forwardPaths = message.forwardPaths ?? [ann];
    const route = message.route ?? { ...before, forwardPaths };
    const id = `q${index}`;
    return fakeMessage({ id, receivedAt: now, raw, ...message, forwardPaths, route });
  });
  const replaced: {
    deliveryId: string;
    deliveries: readonly NewDelivery[];
    seen: Pick<DeliveryRecord, 'fence' | 'state'>;
  }[] = [];
  const changed = new Set<string>();
  const corrupt = new Set<string>();
  const taken: unknown[] = [];
  let due = 0;
  let ids = 0;
  const operator = createOperator({
    ...{ mime, messageParts, contents },
    clock: { now: () => now },
    policy: () => policy,
    createId: () => `abcdefghj${String((ids += 1)).padStart(7, '0')}`,
    onDue: () => (due += 1),
    accept: async ({ client, envelope, content }: Transaction): Promise<Acceptance> => {
      const pieces: Uint8Array[] = [];
      for await (const piece of content) pieces.push(Uint8Array.from(piece));
      taken.push({ client, envelope, bytes: Buffer.concat(pieces).toString('latin1') });
      return { kind: 'accepted', id: 'new' };
    },
    store: {
      list({ ids }) {
        const all = records.flatMap(({ deliveries }) => deliveries);
        return Promise.resolve({ deliveries: all.filter(({ id }) => ids?.includes(id) ?? true) });
      },
      find(id) {
        if (corrupt.has(id)) {
          return Promise.reject(new StoreError('corrupt', 'The row cannot be read'));
        }
        return Promise.resolve(records.find(({ message }) => message.id === id));
      },
      replace(deliveryId, deliveries, { fence, state }) {
        replaced.push({ deliveryId, deliveries, seen: { fence, state } });
        if (changed.has(deliveryId)) return Promise.resolve(false);
        const index = records.findIndex((each) => idsOf([each]).includes(deliveryId));
        const record = records[index];
        if (!record) return Promise.resolve(false);
        records[index] = {
          ...record,
          deliveries: record.deliveries.flatMap((old) =>
            old.id === deliveryId ? deliveries.map((made) => inPlaceOf(old, made)) : [old],
          ),
        };
        return Promise.resolve(true);
      },
      act: () => Promise.resolve(0),
    },
  });
  /** The only delivery is that one now. */
  const takeOver = ({ connection, lane }: NewDelivery) => {
    records.splice(
      0,
      1,
      ...records.map((record) => ({
        ...record,
        deliveries: record.deliveries.map((one) => ({
          ...one,
          delivery: { ...one.delivery, connection, lane },
        })),
      })),
    );
  };
  const setRoutes = async (other: string) => void (policy = await policyOf(other));
  return {
    ...{ operator, replaced, records, corrupt, changed, taken, takeOver, setRoutes },
    due: () => due,
  };
}
