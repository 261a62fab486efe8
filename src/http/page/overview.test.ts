import { describe, expect, test } from 'vitest';
import { deferred } from '../../core/outcome.ts';
import { fakeMessage } from '../../../test/support/fake-queue.ts';
import type { DeliverySummary } from '../../relay/ports.ts';
import { overviewPage, type Overview } from './overview.ts';

const now = Date.UTC(2026, 10, 22, 12);

describe('overviewPage()', () => {
  test('says that nothing leaves the machine while every connection is the sandbox', async () => {
    const page = await render({ connections: [{ name: 'play', type: 'sandbox' }], sandbox: [] });
    expect(page).toContain('<strong>Nothing leaves this machine.</strong>');
    expect(page).toContain('id="sandbox"');
  });

  test('names the sandbox connections beside others', async () => {
    const page = await render({
      connections: [
        { name: 'main', type: 'graph' },
        { name: 'play', type: 'sandbox' },
      ],
      sandbox: [],
    });
    expect(page).toContain('<strong>Nothing leaves this machine by way of play.</strong>');
  });

  test('has no banner and no mailbox without a sandbox', async () => {
    const page = await render({ connections: [{ name: 'main', type: 'graph' }] });
    expect(page).not.toContain('Nothing leaves');
    expect(page).not.toContain('id="sandbox"');
  });

  test('shows a newcomer how to send, and folds it away where mail has come', async () => {
    const [first, later] = [await render({}), await render({ deliveries: [delivery()] })];
    expect(first).toMatch(/<details class="card" id="start" open>/);
    expect(first).toContain('smtp://127.0.0.1:2525 --mail-from');
    expect(first).toContain('smtp://relay.example.com:2526 --mail-from');
    expect(first).toContain('smtp://[::1]:2527 --mail-from');
    expect(first).toContain('No message has come in yet.');
    expect(later).not.toMatch(/id="start" open/);
  });

  test('shows a delivery with state, trouble in words, codes and next try', async () => {
    const page = await render({ deliveries: [delivery()] });
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
    const page = await render({ deliveries: [{ ...delivery(), subject: '', from: '' }] });
    expect(page).toContain('<span class="muted">no subject</span>');
    expect(page).toContain('<span class="muted">no From</span>');
  });

  test('leads to older and newest messages', async () => {
    expect(await render({ deliveries: [delivery()] })).not.toContain('class="pager"');
    expect(await render({ deliveries: [delivery()], next: 'd/1' })).toContain(
      'href="/?before=d%2F1#messages"',
    );
    expect(await render({ before: 'd1' })).toContain('>Newest</a>');
  });

  test('lists one state alone, and leads back to all', async () => {
    const page = await render({
      deliveries: [delivery()],
      fields: { state: 'failed' },
      next: 'd1',
    });
    expect(page).toContain('Messages that are failed');
    expect(page).toContain('href="/?state=failed&amp;before=d1#messages"');
    expect(page).toContain('>All messages</a>');
    expect(page).not.toContain('id="start"');
  });
});

type Options = Partial<Omit<Overview, 'source'>> & {
  readonly connections?: readonly { name: string; type: 'graph' | 'sandbox' }[];
};

async function render({ connections = [], ...options }: Options): Promise<string> {
  const page = await overviewPage({
    source: {
      version: '0.1.0',
      hostname: 'relay.example.com',
      listeners: [
        { name: 'apps', host: '127.0.0.1', port: 2525 },
        { name: 'printers', host: '0.0.0.0', port: 2526 },
        { name: 'six', host: '::1', port: 2527 },
      ],
      connections: () => connections,
      trySender: 'app@example.com',
      store: { figures: unused, list: unused, find: unused, lanes: unused, backup: unused },
      operator: { act: unused, reroute: unused, resend: unused },
      ready: () => ({ ok: true, reasons: [] }),
      clock: { now: () => now },
    },
    now,
    summary: { tone: 'good', text: 'All is well: nothing waits.' },
    figures: undefined,
    deliveries: [],
    before: undefined,
    fields: {},
    next: undefined,
    sandbox: undefined,
    hasSession: false,
    ...options,
  });
  return page.toString();
}

function unused(): Promise<never> {
  return Promise.reject(new Error('not asked here'));
}

function delivery(): DeliverySummary {
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
  const [first] = record.deliveries;
  if (!first) throw new Error('The message has no delivery');
  return first;
}
