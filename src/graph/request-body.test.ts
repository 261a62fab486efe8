import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../test/support/content.ts';
import { bytesBody, joinBodies, textBody } from './request-body.ts';

describe('joinBodies()', () => {
  test('is one body with the length of all, which can be opened again', async () => {
    const body = joinBodies([textBody('é'), textBody(''), bytesBody(Buffer.from('bc'))]);
    expect(body.contentLength).toBe(4);
    expect((await bytesOf(body.open())).toString()).toBe('ébc');
    expect((await bytesOf(body.open())).toString()).toBe('ébc');
  });

  test('is empty without bodies', async () => {
    expect(joinBodies([]).contentLength).toBe(0);
    expect(await bytesOf(joinBodies([]).open())).toHaveLength(0);
  });
});

test('bytesBody() gives a large body in small pieces of the same memory', async () => {
  const bytes = Buffer.alloc(300_000, 'a');
  const lengths: number[] = [];
  for await (const piece of bytesBody(bytes).open()) {
    expect(piece.buffer).toBe(bytes.buffer);
    lengths.push(piece.length);
  }
  expect(lengths).toEqual([131_072, 131_072, 37_856]);
});
