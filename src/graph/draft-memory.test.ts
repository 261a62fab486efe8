import { expect, test } from 'vitest';
import { DraftMemory } from './draft-memory.ts';

test('DraftMemory keeps the newest, and what was renewed', () => {
  const memory = new DraftMemory();
  memory.keep('first', { id: '1', maySent: false });
  memory.keep('second', { id: '2', maySent: false });
  memory.keep('first', { id: '1', maySent: true });
  for (let more = 0; more < 999; more++) memory.keep(`d${more}`, { id: 'x', maySent: false });
  expect(memory.of('first')).toEqual({ id: '1', maySent: true });
  expect(memory.of('second')).toBeUndefined();
  memory.forget('first');
  expect(memory.of('first')).toBeUndefined();
});
