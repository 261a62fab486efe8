import { describe, expect, test } from 'vitest';
import type { AlertItem } from '../core/alert.ts';
import { bodyOf, type WebhookKind } from './body.ts';

const now = Date.UTC(2026, 10, 22, 14, 0, 0);

const down: AlertItem = {
  event: 'connectionDown',
  cause: 'connection main',
  state: 'firing',
  text: 'All mail over connection "main" waits: <!channel> *is* [bad](https://x) & so on',
  remedy: 'Mend it',
  since: now - 120_000,
  count: 1,
};

const over: AlertItem = { ...down, event: 'diskLow', state: 'resolved', text: 'The disk was full' };

function body(kind: WebhookKind, items: readonly AlertItem[] = [down, over]): string {
  return JSON.stringify(bodyOf({ items }, { kind, hostname: 'relay.example.com', now }));
}

describe('bodyOf()', () => {
  test('gives programs all that is known', () => {
    expect(JSON.parse(body('webhook'))).toEqual({
      version: 1,
      gateway: 'relay.example.com',
      time: '2026-11-22T14:00:00.000Z',
      headline: 'relay.example.com: A connection does not work (and 1 more)',
      alerts: [
        { ...down, title: 'A connection does not work', since: '2026-11-22T13:58:00.000Z' },
        { ...over, title: 'Over: Room for mail runs out', since: '2026-11-22T13:58:00.000Z' },
      ],
    });
  });

  test('lets no text give orders to Slack', () => {
    const parsed = JSON.parse(body('slack'));
    expect(parsed.text).toBe('relay.example.com: A connection does not work (and 1 more)');
    expect(parsed.blocks).toHaveLength(2);
    expect(parsed.blocks[0].text.text).toContain('*A connection does not work*\nAll mail');
    expect(parsed.blocks[0].text.text).toContain('&lt;!channel&gt;');
    expect(parsed.blocks[0].text.text).toContain('It lasts since 2026-11-22T13:58:00Z.');
  });

  test('gives Teams an Adaptive Card, whose text is no Markdown', () => {
    const parsed = JSON.parse(body('teams'));
    expect(parsed.type).toBe('message');
    const [{ contentType, content }] = parsed.attachments;
    expect(contentType).toBe('application/vnd.microsoft.card.adaptive');
    expect(content).toMatchObject({ type: 'AdaptiveCard', version: '1.4' });
    const texts: string[] = content.body.map(({ text }: { text: string }) => text);
    expect(texts[0]).toBe('relay.example.com: A connection does not work (and 1 more)');
    expect(texts[2]).toContain(String.raw`\[bad\]\(https://x\)`);
    expect(texts[4]).toContain('and is over');
  });

  test.each(['slack', 'teams'] as const)('keeps within what %s takes', (kind) => {
    const long = { ...down, text: 'x'.repeat(100_000) };
    const items = Array.from({ length: 20 }, () => long);
    expect(body(kind, [long]).length).toBeLessThan(3_000);
    expect(body(kind, items).length).toBeLessThan(28_000);
  });
});
