import { describe, expect, test } from 'vitest';
import { StoreError } from '../../relay/ports.ts';
import { toTrouble } from './trouble.ts';

function sqliteError(errcode: number): Error {
  return Object.assign(new Error('it failed'), { code: 'ERR_SQLITE_ERROR', errcode });
}

describe('toTrouble()', () => {
  test.each([
    [
      'SQLITE_FULL',
      sqliteError(13),
      'full',
      'The disk of the queue is full: it failed (SQLite 13)',
    ],
    [
      'SQLITE_IOERR_FSYNC',
      sqliteError(1034),
      'away',
      'The queue cannot be used: it failed (SQLite 1034)',
    ],
    [
      'SQLITE_CONSTRAINT_UNIQUE',
      sqliteError(2067),
      'away',
      'The queue cannot be used: it failed (SQLite 2067)',
    ],
    [
      'SQLITE_CORRUPT_INDEX',
      sqliteError(779),
      'corrupt',
      'The queue file is damaged: it failed (SQLite 779)',
    ],
    [
      'ENOSPC',
      Object.assign(new Error('no space'), { code: 'ENOSPC' }),
      'full',
      'The disk of the queue is full: no space',
    ],
    [
      'a bug',
      new TypeError('x is not a function'),
      'away',
      'The queue cannot be used: x is not a function',
    ],
    ['anything', 'oops', 'away', 'The queue cannot be used: oops'],
    [
      'StoreError',
      new StoreError('corrupt', 'The body 7 is gone'),
      'corrupt',
      'The body 7 is gone',
    ],
  ])('says what %s means', (_, error, fault, message) => {
    expect(toTrouble(error)).toMatchObject({ fault, message });
  });
});
