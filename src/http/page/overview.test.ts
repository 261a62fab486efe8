import { describe, expect, test } from 'vitest';
import { createFakeQueue, fakeMessage } from '../../../test/support/fake-queue.ts';
import { fakeViews, figures, now, setUpAdmin } from '../../../test/support/admin-app.ts';
import { deferred } from '../../core/outcome.ts';
import type { AdminOptions } from '../admin-app.ts';

const none = { ready: 0, sending: 0, unsure: 0, deferred: 0, held: 0, failed: 0, delivered: 0 };
const emptyQueue = createFakeQueue({ records: [], figures: { deliveries: none, bodyBytes: 0 } });

describe('the overview', () => {
  test('says that nothing leaves the machine while every connection is the sandbox', async () => {
    expect(await overview()).toContain('<strong>Nothing leaves this machine.</strong>');
  });

  test('names the sandbox connections beside others', async () => {
    const connections = () => [
      { name: 'main', type: 'graph' as const },
      { name: 'play', type: 'sandbox' as const },
    ];
    expect(await overview({ connections })).toContain(
      '<strong>Nothing leaves this machine by way of play.</strong>',
    );
  });

  test('has no banner without a sandbox', async () => {
    const page = await overview({ connections: () => [{ name: 'main', type: 'graph' }] });
    expect(page).not.toContain('Nothing leaves');
  });

  test('names the cause and what to run, as code', async () => {
    const trouble = {
      event: 'connectionDown',
      cause: 'connection main',
      text: 'All mail over connection "main" waits: The secret has expired (AADSTS7000222): make one',
      remedy: 'At once after "graphpost queue retry --all --connection \'main\'"',
      since: now,
    } as const;
    const page = await overview({ troubles: () => [trouble] });
    expect(page).toContain('class="summary bad"');
    expect(page).toContain('The secret has expired (AADSTS7000222).');
    expect(page).toContain('<code>graphpost queue retry --all --connection &#39;main&#39;</code>');
  });

  test('shows a newcomer how to send, with settings to copy, and waits for the first mail', async () => {
    const page = await overview({
      store: emptyQueue.store,
      trySender: 'app@example.com',
      listeners: [
        { name: 'apps', host: '127.0.0.1', port: 2525 },
        { name: 'printers', host: '0.0.0.0', port: 2526, tls: 'optional' },
        { name: 'six', host: '::1', port: 2527 },
      ],
    });
    expect(page).toMatch(/<details class="card" id="start" open/);
    for (const text of [
      'Waiting for the first mail',
      'smtp://127.0.0.1:2525 --mail-from',
      'smtp://relay.example.com:2526 --mail-from',
      'smtp://[::1]:2527 --mail-from',
      'WPMS_SMTP_PORT&#39;, 2526',
      'GF_SMTP_HOST=[::1]:2527',
      'Encryption: STARTTLS, or off',
      'No message has come in yet.',
    ]) {
      expect(page).toContain(text);
    }
  });

  test('shows the queue by state, with the oldest of those that may need somebody', async () => {
    const { store } = createFakeQueue({
      records: [],
      figures: {
        deliveries: { ...none, held: 2, failed: 1 },
        bodyBytes: 0,
        oldestReceivedAt: now - 900_000,
        oldestByState: { held: now - 600_000, failed: now - 7_200_000 },
      },
    });
    const page = await overview({ store });
    expect(page).toMatch(
      /state=held.*?<dd>2<small>[^<]*<\/small><small class="age">oldest 10 minutes</s,
    );
    expect(page).toMatch(
      /state=failed.*?<dd>1<small>[^<]*<\/small><small class="age">oldest 2 hours</s,
    );
    expect(page.match(/>oldest \d/g)).toHaveLength(2);
  });

  test('turns green at the first mail, and folds the settings away', async () => {
    const page = await overview();
    expect(page).toContain('class="first arrived"');
    expect(page).not.toMatch(/id="start" open/);
  });

  test('shows a delivery with state, trouble in words, codes and next try', async () => {
    const page = await overview({ store: throttledQueue().store });
    for (const text of [
      'q1',
      'erp',
      'Quarterly report',
      '<span class="badge deferred">deferred</span>',
      'The next hop asked to slow down.',
      'Throttled by the mailbox',
      '<code>4.4.5</code>',
      '<code>HTTP 429</code>',
      '<code>ApplicationThrottled</code>',
      'in 5 minutes',
      '<time datetime="2026-11-22T12:05:00.000Z"',
    ]) {
      expect(page).toContain(text);
    }
  });

  test('says when there is neither subject nor From', async () => {
    const record = fakeMessage({ id: 'q1', receivedAt: now, subject: '' });
    const deliveries = record.deliveries.map((delivery) => ({ ...delivery, from: '' }));
    const page = await overview({
      store: createFakeQueue({ records: [{ ...record, deliveries }], figures }).store,
    });
    expect(page).toContain('<span class="muted">no subject</span>');
    expect(page).toContain('<span class="muted">no From</span>');
  });

  test('makes sense without a queue', async () => {
    const page = await overview({ isQueued: false, store: emptyQueue.store });
    expect(page).toContain('nothing is kept here');
    for (const text of ['class="tiles"', 'href="/messages"', 'No message has come in yet']) {
      expect(page).not.toContain(text);
    }
  });

  test('has its figures as a table, of an hour and of a day', async () => {
    const points = [
      { at: '2026-11-22T11:00:00.000Z', accepted: 3, delivered: 2, failed: 1, deferred: 0 },
      {
        ...{ at: '2026-11-22T11:00:10.000Z', accepted: 4, delivered: 4, failed: 0, deferred: 0 },
        ...{ latencyP50Ms: 80, latencyP95Ms: 1_250 },
      },
    ];
    const views = {
      ...fakeViews,
      figures: (window: 'hour' | 'day') => ({ window, intervalMs: 10_000, points }),
    };
    const page = await overview({ views });
    expect(page).toMatch(/<td>11:00<\/td>\s*<td class="number">4<\/td>/);
    expect(page).toContain('<td class="number">1.3 s</td>');
    expect(page).toContain('data-figures="/api/v1/figures?window=hour"');
    expect(page).toContain('Messages per 10 seconds');
    expect(await get('/?window=day', { views })).toContain('window=day"');
  });
});

describe('the list of messages', () => {
  test('leads to older and newest ones', async () => {
    const records = Array.from({ length: 40 }, (_, index) =>
      fakeMessage({ id: `q${100 - index}`, receivedAt: now - index }),
    );
    const { store } = createFakeQueue({ records, figures });
    const first = await get('/messages?state=deferred', { store });
    expect(first).toContain('Messages that are deferred');
    expect(first).toContain('href="/messages?state=deferred&amp;before=q71-1"');
    expect(first).toContain('>All messages</a>');
    const second = await get('/messages?state=deferred&before=q71-1', { store });
    expect(second).toContain('href="/messages?state=deferred">Newest</a>');
    expect(second).not.toContain('>Older</a>');
  });
});

function throttledQueue() {
  const record = fakeMessage({
    id: 'q1',
    receivedAt: now - 60_000,
    dueAt: now + 300_000,
    history: [
      {
        number: 1,
        connection: 'main',
        startedAt: now - 1_000,
        endedAt: now,
        outcome: deferred('4.4.5', {
          reason: 'throttled',
          diagnostic: 'Throttled by the mailbox',
          remote: { httpStatus: 429, code: 'ApplicationThrottled' },
        }),
      },
    ],
  });
  return createFakeQueue({ records: [record], figures });
}

async function get(path: string, options: Partial<AdminOptions> = {}): Promise<string> {
  return await (await setUpAdmin(options).get(path)).text();
}

async function overview(options: Partial<AdminOptions> = {}): Promise<string> {
  return await get('/', options);
}
