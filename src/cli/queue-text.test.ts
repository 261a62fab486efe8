import { describe, expect, test } from 'vitest';
import { fakeMessage } from '../../test/support/fake-queue.ts';
import { deferred } from '../core/outcome.ts';
import { toDeliveryJson, toMessageJson } from '../http/message-json.ts';
import type { MessageRecord } from '../relay/ports.ts';
import { formatEntry, formatMessage, formatRerouting, formatStats } from './queue-text.ts';
import { printable } from '../trial/printable.ts';
import { cut, formatTable } from './terminal-text.ts';

const now = Date.UTC(2026, 10, 22, 12);
const plain = { now, columns: 80, isColoured: false };

function message(subject = 'Quarterly report'): MessageRecord {
  const outcome = deferred('4.4.5', {
    reason: 'throttled',
    diagnostic: 'The mailbox is throttled',
    remote: { httpStatus: 429, code: 'ApplicationThrottled', requestId: 'r-1' },
  });
  return fakeMessage({
    id: 'q1',
    receivedAt: now - 60_000,
    subject,
    dueAt: now + 120_000,
    history: [
      { number: 1, connection: 'play', startedAt: now - 1_000, endedAt: now - 920, outcome },
    ],
  });
}

function entry(subject: string, options = plain): string {
  const [delivery] = message(subject).deliveries;
  if (!delivery) throw new Error('The message has no delivery');
  return formatEntry(toDeliveryJson(delivery), options);
}

describe('formatEntry()', () => {
  test('says who, when, by which route, why and what next', () => {
    expect(entry('Quarterly report', { ...plain, columns: 120 })).toBe(
      [
        'q1  deferred   app@example.com → someone@example.com',
        '  1 minute ago (2026-11-22T11:59:00Z), erp by default → play',
        '  Quarterly report',
        '  1 attempt, next in 2 minutes: The next hop asked to slow down (4.4.5, HTTP 429, ApplicationThrottled)',
        '',
      ].join('\n'),
    );
  });

  test('fits the terminal, whatever the subject', () => {
    for (const line of entry('long '.repeat(100)).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  test('gives the terminal no orders from outside', () => {
    const text = entry('\u{1b}[2J\u{9b}31m\u{202e}evil\r\nmore');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('colours the state where colours are wanted', () => {
    expect(entry('x', { ...plain, isColoured: true })).toContain('\u{1b}[33mdeferred\u{1b}[0m');
    expect(entry('x')).not.toContain('\u{1b}');
  });
});

describe('formatMessage()', () => {
  test('shows every attempt with what the next hop said of it', () => {
    const text = formatMessage(toMessageJson(message()), plain);
    for (const part of [
      'Queue id    q1',
      'Client      erp (10.0.0.7; listener apps)',
      'its body is not kept any more',
      'Delivery q1-1: deferred',
      'next in 2 minutes',
      '1. 1 second ago (2026-11-22T11:59:59Z) by play, 80 ms: deferred 4.4.5',
      'The next hop asked to slow down: The mailbox is throttled',
      'HTTP 429, ApplicationThrottled',
      'request-id r-1',
    ]) {
      expect(text).toContain(part);
    }
  });
});

describe('formatRerouting()', () => {
  test('says of each what it is, and counts those that it does not list', () => {
    const about = { deliveryId: 'q1-1', messageId: 'q1', route: 'old', connection: 'main' };
    const instead = [
      { id: 'q1-x', route: 'new', connection: 'second', state: 'held' as const, forwardPaths: [] },
    ];
    const report = {
      ...{ rerouted: 5, unchanged: 1, left: 1 },
      reroutings: [
        { ...about, verdict: 'rerouted' as const, instead },
        { ...about, verdict: 'unchanged' as const, instead: [] },
        { ...about, verdict: 'left' as const, reason: 'It was delivered', instead: [] },
      ],
    };
    expect(formatRerouting(report, { dryRun: true })).toBe(
      [
        'q1-1  old by main → new by second, held',
        'q1-1  old by main: the same by the rules of today',
        'q1-1  old by main: left as it is. It was delivered',
        '… and 4 more',
        '5 deliveries would be re-routed, 1 unchanged, 1 left',
        '',
      ].join('\n'),
    );
  });
});

describe('formatStats()', () => {
  test('counts states and lanes', () => {
    const [delivery] = message().deliveries;
    if (!delivery) throw new Error('The message has no delivery');
    const deliveries = {
      ready: 1_234,
      sending: 0,
      unsure: 0,
      deferred: 1,
      held: 0,
      failed: 0,
      delivered: 9,
    };
    const status = {
      summary: { tone: 'good' as const, text: 'All is well.' },
      queue: { deliveries, bodyBytes: 4_200 },
    };
    const pausedUntil = new Date(now + 30_000).toISOString();
    const lane = { lane: delivery.lane, concurrency: 4, sending: 1, waiting: 1_000, pausedUntil };
    const text = formatStats(status, [lane], plain);
    expect(text).toMatch(/^All is well\.\n\n/);
    expect(text).toMatch(/ready +1,234 +waits for its turn/);
    expect(text).toMatch(/1000\+ waiting +1\/4 sending +goes on in 30 seconds +connection play/);
  });

  test('says what to do, and how old the oldest of a state is', () => {
    const deliveries = {
      ready: 0,
      sending: 0,
      unsure: 0,
      deferred: 0,
      held: 1,
      failed: 0,
      delivered: 0,
    };
    const oldestByState = { held: new Date(now - 240_000).toISOString() };
    const summary = { tone: 'bad' as const, text: 'All mail waits.', remedy: 'Make a new secret.' };
    const queue = { deliveries, bodyBytes: 0, oldestByState };
    const text = formatStats({ summary, queue }, [], plain);
    expect(text).toMatch(/^All mail waits\.\nTo do: Make a new secret\.\n\n/);
    expect(text).toMatch(/^held +1 .* the oldest came 4 minutes ago/m);
  });
});

describe('text for a terminal', () => {
  test('printable(), cut() and formatTable()', () => {
    expect(printable(' a\tb\u{0}c\u{2028}d ')).toBe('a b c d');
    expect([cut('abcdef', 4), cut('abcd', 4), cut('🙂🙂🙂', 2)]).toEqual(['abc…', 'abcd', '🙂…']);
    expect(
      formatTable([
        ['a', 'long'],
        ['abc', 'x'],
      ]),
    ).toBe('a    long\nabc  x');
    expect(formatTable([])).toBe('');
  });
});
