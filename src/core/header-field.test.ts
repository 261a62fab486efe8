import { describe, expect, test } from 'vitest';
import { factsOf, field } from '../../test/support/header-model.ts';
import { fieldsNamed, hasField, removalOf } from './header-field.ts';

const header = factsOf([field('X-Tag', 'one'), field('Subject', 'Hi'), field('x-tag', 'two')]);

describe('fieldsNamed()', () => {
  test('finds all fields of a name in any case, in their order', () => {
    expect(fieldsNamed(header, 'X-TAG').map(({ value }) => value)).toEqual(['one', 'two']);
    expect(fieldsNamed(header, 'X-Ta')).toEqual([]);
  });
});

describe('hasField()', () => {
  test('knows which fields there are', () => {
    expect(hasField(header, 'subject')).toBe(true);
    expect(hasField(header, 'To')).toBe(false);
  });
});

describe('removalOf()', () => {
  test('is an edit only where there is something to remove', () => {
    expect(removalOf(header, 'X-Tag')).toEqual([{ kind: 'remove', name: 'X-Tag' }]);
    expect(removalOf(header, 'Bcc')).toEqual([]);
  });
});
