import { describe, expect, test } from 'vitest';
import { address, pattern } from '../../test/support/addresses.ts';
import { contentOf } from '../../test/support/content.ts';
import { until } from '../../test/support/until.ts';
import { laneOf } from '../core/lane.ts';
import { failed } from '../core/outcome.ts';
import { mime } from '../mime/mime.ts';
import type { BouncePolicy, Connection, Policy } from './policy.ts';
import {
  StoreError,
  type BodyWriter,
  type Content,
  type DueReport,
  type Events,
  type NewDelivery,
  type StoredMessage,
} from './ports.ts';
import { Reporter, type ReporterParts } from './reports.ts';

const app = address('app@contoso.com');
const ann = address('ann@example.com');

/** Of the delivery with that id. */
function dueReport(id: string, changes: Partial<StoredMessage> & { content?: Content } = {}) {
  const { content = contentOf('Subject: Your order\r\n\r\nx\r\n'), ...change } = changes;
  const message: StoredMessage = {
    id: `message-${id}`,
    receivedAt: 0,
    client: { name: 'apps', ip: '127.0.0.1', listener: 'a', ehlo: 'a', tls: false, senders: [] },
    envelope: { reversePath: app, forwardPaths: [ann], smtpUtf8: false },
    sizeBytes: content.sizeBytes,
    headerBytes: 23,
    subject: 'Your order',
    messageId: `<${id}@app>`,
    from: app,
    fromWasMissing: false,
    ...change,
  };
  const outcome = failed('5.6.0', { reason: 'content', diagnostic: 'Graph answered 400' });
  const due: DueReport = {
    message,
    content,
    delivery: {
      id,
      messageId: message.id,
      route: {
        rule: 'default',
        action: { kind: 'send', via: 'main', backup: [], priority: 'normal' },
        forwardPaths: [ann],
      },
      connection: 'main',
      lane: laneOf(main.laneIdentity, app),
      state: 'failed',
      attempts: 1,
      agesFrom: 0,
      lookUps: 0,
    },
    attempt: { number: 1, connection: 'main', startedAt: 1, endedAt: 2, outcome },
  };
  return due;
}

const unreadable: Content = {
  sizeBytes: 100,
  read: () => ({
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new StoreError('corrupt', 'A chunk is gone')),
    }),
  }),
};

const bounce: BouncePolicy = {
  from: address('postmaster@contoso.com'),
  via: 'main',
  backup: ['spare'],
  to: [pattern('*@contoso.com')],
};

const main: Connection = {
  name: 'main',
  laneIdentity: { kind: 'connection', name: 'main' },
  laneConcurrency: 4,
  sendAs: { kind: 'from' },
  saveToSentItems: true,
  transport: { maxMessageBytes: 1_000_000, send: () => Promise.reject(new Error('Not asked')) },
};

const silentPolicy: Policy = {
  from: { force: 'always', address: address('forced@contoso.com'), defaults: [], replyTo: 'never' },
  rules: [],
  fallback: { name: 'default', action: { kind: 'drop' }, bcc: [] },
  needsContent: false,
  connections: new Map([['main', main]]),
};

const policy: Policy = { ...silentPolicy, bounce };

interface Made {
  readonly message: StoredMessage;
  readonly deliveries: readonly NewDelivery[];
  readonly text: string;
}

/** A reporter with a queue in memory and a clock that stands still until it is told. */
function setUp(due: readonly DueReport[], options: { policy?: Policy } = {}) {
  let now = 1_000_000;
  let left = due;
  let nextId = 0;
  const sleeps: { readonly endsAt: number; readonly wake: () => void }[] = [];
  const made: Made[] = [];
  const said: Parameters<Events['reported']>[0][] = [];
  const faults: string[] = [];
  const state = {
    policy: options.policy ?? policy,
    /** What the next commits reject with. */
    troubles: [] as Error[],
    /** Another process makes each report first. */
    isQuicker: false,
    discarded: 0,
    nudges: 0,
  };

  function createBody(): BodyWriter {
    const pieces: Buffer[] = [];
    return {
      sizeBytes: 0,
      write: (piece) => Promise.resolve(void pieces.push(Buffer.from(piece))),
      content: () => contentOf(Buffer.concat(pieces)),
      discard: () => Promise.resolve(void state.discarded++),
    };
  }

  async function textOf(body: BodyWriter): Promise<string> {
    const pieces: Buffer[] = [];
    for await (const piece of body.content().read()) pieces.push(Buffer.from(piece));
    return Buffer.concat(pieces).toString();
  }

  const store: ReporterParts['store'] = {
    createBody,
    async commit(message, deliveries, body, { reportOf } = {}) {
      const trouble = state.troubles.shift();
      if (trouble) throw trouble;
      const isDue = left.some(({ delivery }) => delivery.id === reportOf) && !state.isQuicker;
      left = left.filter(({ delivery }) => delivery.id !== reportOf);
      if (isDue) made.push({ message, deliveries, text: await textOf(body) });
      return isDue;
    },
    dueReports: ({ limit }) => Promise.resolve(left.slice(0, limit)),
    dismissReport: (id) =>
      Promise.resolve(void (left = left.filter(({ delivery }) => delivery.id !== id))),
  };

  const reporter = new Reporter({
    store,
    mime,
    events: {
      reported: (event: Parameters<Events['reported']>[0]) => void said.push(event),
      fault: ({ where, error }: Parameters<Events['fault']>[0]) =>
        void faults.push(`${where}: ${error instanceof Error ? error.message : ''}`),
    },
    clock: {
      now: () => now,
      wait(delayMs, { signal }) {
        const { promise, resolve } = Promise.withResolvers<void>();
        sleeps.push({ endsAt: now + delayMs, wake: resolve });
        signal.addEventListener('abort', () => resolve());
        return promise;
      },
    },
    hostname: 'relay.example.com',
    policy: () => state.policy,
    schedule: () => ({ firstMs: 30_000, longestMs: 60_000, giveUpAfterMs: 1 }),
    chance: () => 1,
    createId: () => `r${++nextId}`,
    onMade: () => void state.nudges++,
  });
  const stopping = new AbortController();
  const running = reporter.run(stopping);
  return Object.assign(state, {
    reporter,
    made,
    said,
    faults,
    add: (more: DueReport) => void (left = [...left, more]),
    /** Until it sleeps for the `count`th time. Returns for how long. */
    async asleep(count: number): Promise<number> {
      await until(() => sleeps.length >= count);
      return (sleeps[count - 1]?.endsAt ?? 0) - now;
    },
    advance(byMs: number) {
      now += byMs;
      for (const { endsAt, wake } of sleeps) if (endsAt <= now) wake();
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  });
}

describe('Reporter', () => {
  test('makes of an end that is due a message of its own, and says so', async () => {
    await using run = setUp([dueReport('d1')]);
    await run.asleep(1);
    expect(run.made).toHaveLength(1);
    expect(run.made[0]?.message).toMatchObject({
      id: 'r1',
      isReport: true,
      envelope: { reversePath: null, forwardPaths: [app] },
      messageId: '<r1@relay.example.com>',
      from: 'postmaster@contoso.com',
    });
    expect(run.made[0]?.deliveries).toMatchObject([
      {
        id: 'r1-1',
        state: 'ready',
        connection: 'main',
        route: { action: { via: 'main', backup: ['spare'] }, forwardPaths: [app] },
      },
    ]);
    expect(run.said).toEqual([
      { id: 'message-d1', delivery: 'd1', result: 'failed', report: 'r1', reversePath: app },
    ]);
    expect([run.nudges, run.faults]).toEqual([1, []]);
  });

  test('gives the size of header and message as they are stored', async () => {
    await using run = setUp([dueReport('d1')]);
    await run.asleep(1);
    const [made] = run.made;
    expect(made?.text).toHaveLength(made?.message.sizeBytes ?? 0);
    expect(made?.text.indexOf('\r\n\r\n')).toBe((made?.message.headerBytes ?? 0) - 4);
  });

  test('reports more than one portion without a pause', async () => {
    const all = Array.from({ length: 45 }, (_, number) => dueReport(`d${number}`));
    await using run = setUp(all);
    expect(await run.asleep(1)).toBe(60_000);
    expect(run.made).toHaveLength(45);
  });

  test('is woken by a nudge', async () => {
    await using run = setUp([]);
    await run.asleep(1);
    run.add(dueReport('d1'));
    run.reporter.nudge();
    await run.asleep(2);
    expect(run.made).toHaveLength(1);
  });

  test('lets one that cannot be made stop no other, and makes it later', async () => {
    await using run = setUp([dueReport('bad'), dueReport('good')]);
    run.troubles.push(new Error('A bug'));
    expect(await run.asleep(1)).toBe(30_000);
    expect(run.made.map(({ message }) => message.id)).toEqual(['r2']);
    expect(run.faults).toEqual(['report: A bug']);
    run.troubles.push(new Error('A bug'));
    run.advance(30_000);
    expect(await run.asleep(2)).toBe(60_000);
    run.advance(60_000);
    await run.asleep(3);
    expect(run.said.map(({ delivery }) => delivery)).toEqual(['good', 'bad']);
    expect(run.discarded).toBe(4);
  });

  test('waits while the store is in trouble, and then makes all', async () => {
    await using run = setUp([dueReport('d1'), dueReport('d2')]);
    run.troubles.push(new StoreError('full', 'The disk is full'));
    expect(await run.asleep(1)).toBe(5_000);
    expect([run.made, run.faults]).toEqual([[], ['store: The disk is full']]);
    run.advance(5_000);
    await run.asleep(2);
    expect(run.said.map(({ delivery }) => delivery)).toEqual(['d1', 'd2']);
  });

  test('tells the sender of a message that cannot be read any more, without its header', async () => {
    await using run = setUp([dueReport('d1', { content: unreadable })]);
    await run.asleep(1);
    expect(run.faults).toEqual(['report: A chunk is gone']);
    expect(run.made[0]?.text).toContain('message/delivery-status');
    expect(run.made[0]?.text).not.toContain('rfc822-headers');
  });

  test.each<[string, Partial<StoredMessage> & { content?: Content }, Policy]>([
    ['where reports are off by now', {}, silentPolicy],
    [
      'to a stranger by the configuration of now',
      {},
      { ...policy, bounce: { ...bounce, to: [pattern('*@fabrikam.com')] } },
    ],
    ['of a report', { isReport: true }, policy],
    ['of a message that a program wrote', { isAutomatic: true }, policy],
  ])('dismisses a report %s', async (_, changes, ofNow) => {
    await using run = setUp([dueReport('d1', changes)], { policy: ofNow });
    await run.asleep(1);
    expect(run.said).toEqual([{ id: 'message-d1', delivery: 'd1', result: 'dismissed' }]);
    expect([run.made, run.faults]).toEqual([[], []]);
  });

  test('says nothing of a report that another process has made', async () => {
    await using run = setUp([dueReport('d1')]);
    run.isQuicker = true;
    await run.asleep(1);
    expect([run.said, run.made, run.nudges]).toEqual([[], [], 0]);
  });

  test('keeps a report due while there is no connection for it', async () => {
    await using run = setUp([dueReport('d1')], { policy: { ...policy, connections: new Map() } });
    expect(await run.asleep(1)).toBe(30_000);
    expect(run.faults).toEqual(['report: There is no connection "main"']);
    run.policy = policy;
    run.advance(30_000);
    await until(() => run.made.length === 1);
  });
});
