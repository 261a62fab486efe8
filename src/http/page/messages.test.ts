import { describe, expect, test } from 'vitest';
import { formatId } from '../../core/id.ts';
import type { DeliveryPage, ListOptions } from '../../relay/ports.ts';
import { loadMessages } from './messages.ts';

const noon = Date.UTC(2026, 10, 22, 12);
const hourMs = 3_600_000;

describe('loadMessages()', () => {
  test('begins at the time until which is asked, and not at the newest', async () => {
    const { asked } = await load({ until: '2026-11-22T12:00' });
    expect(asked.receivedBefore).toBe(noon);
    const { before = '' } = asked;
    expect(before > idAt(noon)).toBe(true);
    expect(before < idAt(noon + 2 * hourMs)).toBe(true);
  });

  test('ends at the time from which is asked', async () => {
    const next = idAt(noon - 2 * hourMs);
    expect((await load({ since: '2026-11-22T12:00' }, { next })).list.page).toEqual({
      deliveries: [],
    });
    expect((await load({ since: '2026-11-22T09:00' }, { next })).list.page?.next).toBe(next);
    expect((await load({}, { next })).list.page?.next).toBe(next);
  });

  test('goes on where the page before ended', async () => {
    expect((await load({ until: '2026-11-22T12:00' }, { before: 'q1' })).asked.before).toBe('q1');
  });
});

function idAt(time: number): string {
  return formatId(time, new Uint8Array(7));
}

async function load(
  fields: { readonly since?: string; readonly until?: string },
  { next, before }: { readonly next?: string; readonly before?: string } = {},
) {
  let asked: ListOptions = { limit: 0 };
  const answer: DeliveryPage = { deliveries: [], ...(next !== undefined && { next }) };
  const unused = () => Promise.reject(new Error('not asked here'));
  const store = {
    list(options: ListOptions) {
      asked = options;
      return Promise.resolve(answer);
    },
    ...{ figures: unused, find: unused, lanes: unused, backup: unused },
  };
  const list = await loadMessages({ store }, { fields, before });
  return { list, asked };
}
