import { expect, test } from 'vitest';
import { formatDateTime } from './date-time.ts';

test('formatDateTime() is in UTC, with two digits for the day', () => {
  expect(formatDateTime(Date.UTC(2027, 0, 1, 0, 0, 0))).toBe('Fri, 01 Jan 2027 00:00:00 +0000');
});
