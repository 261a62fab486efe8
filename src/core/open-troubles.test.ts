import { describe, expect, test } from 'vitest';
import type { AlertSignal, Raised } from './alert.ts';
import { OpenTroubles } from './open-troubles.ts';

const down: Raised = {
  kind: 'raised',
  event: 'connectionDown',
  cause: 'connection main',
  source: 'hold',
  text: 'All mail waits',
  remedy: 'Mend it',
};
const full: Raised = { ...down, event: 'diskLow', cause: 'disk', source: 'watch' };

describe('OpenTroubles', () => {
  test('lists what is open, worst first', () => {
    expect(causes(down, { ...down, event: 'credentialExpiring' }, full)).toEqual([
      'disk',
      'connection main',
      'connection main',
    ]);
  });

  test('puts what stops a whole connection before what stops one mailbox', () => {
    const ofMailbox = { ...down, cause: 'connection main lane x app@contoso.com' };
    expect(causes(ofMailbox, down)).toEqual([down.cause, ofMailbox.cause]);
  });

  test('keeps a trouble until nobody sees it any more', () => {
    const second = { ...down, source: 'breaker' };
    const cleared = (source: string): AlertSignal => ({ ...down, kind: 'cleared', source });
    expect(causes(down, second, cleared('hold'))).toEqual(['connection main']);
    expect(causes(down, second, cleared('hold'), cleared('breaker'))).toEqual([]);
    expect(causes(cleared('hold'))).toEqual([]);
  });

  test('says it in the last words, since the first time', () => {
    const troubles = new OpenTroubles();
    troubles.note(down, 1);
    troubles.note({ ...down, text: 'It still waits' }, 2);
    expect(troubles.list()).toMatchObject([{ text: 'It still waits', since: 1 }]);
  });

  test('says it in the words of whoever saw it first, as long as he does', () => {
    const troubles = new OpenTroubles();
    troubles.note(down, 1);
    troubles.note({ ...down, source: 'breaker', text: 'It met trouble' }, 2);
    expect(troubles.list()).toMatchObject([{ text: 'All mail waits' }]);
    troubles.note({ ...down, kind: 'cleared' }, 3);
    expect(troubles.list()).toMatchObject([{ text: 'It met trouble', since: 1 }]);
  });

  test('does not note what only happened', () => {
    const { source: _, ...happened } = { ...down, kind: 'happened' as const };
    expect(causes(happened)).toEqual([]);
  });
});

function causes(...signals: readonly AlertSignal[]): readonly string[] {
  const troubles = new OpenTroubles();
  for (const signal of signals) troubles.note(signal, 0);
  return troubles.list().map(({ cause }) => cause);
}
