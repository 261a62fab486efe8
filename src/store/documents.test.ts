import { describe, expect, test } from 'vitest';
import { emptyLedger } from '../core/pace.ts';
import { toLedger } from './documents.ts';

describe('toLedger()', () => {
  test('gives back what was written', () => {
    const turn = { id: 'd1', since: 1, roomAt: 2, key: 'limits.uploadBytes' };
    const ledger = { counts: { 'messages 60000': [[7, 3]] }, turn };
    expect(toLedger(JSON.stringify(ledger))).toEqual(ledger);
  });

  test.each([
    '',
    'null',
    '{}',
    '{"counts":null}',
    '{"counts":{"messages 60000":{"7":3}}}',
    '{"counts":{"messages 60000":[7]}}',
    '{"counts":{"messages 60000":[[7,null]]}}',
    '{"counts":{},"turn":{"id":"d1"}}',
  ])('takes %j for an empty one', (json) => {
    expect(toLedger(json)).toEqual(emptyLedger);
  });
});
