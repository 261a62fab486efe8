import { describe, expect, test } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

describe('BoundedMap', () => {
  test('forgets what was set longest ago, and nothing else', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    map.set('c', 4);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4]);
    expect(map.values()).toEqual([3, 4]);
    map.delete('a');
    expect(map.values()).toEqual([4]);
  });
});
