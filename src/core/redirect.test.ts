import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import {
  applyEdits,
  factsOf,
  field,
  partsOf,
  type ModelHeader,
} from '../../test/support/header-model.ts';
import { addressKey } from './address.ts';
import { planRedirection, showInSubject } from './redirect.ts';

function redirect(header: ModelHeader, ...forwardPaths: readonly string[]): ModelHeader {
  return applyEdits(header, planRedirection(factsOf(header), forwardPaths.map(address)));
}

describe('planRedirection()', () => {
  test('puts the new recipients into To, and the old lists into records', () => {
    const header = [
      field('To', 'Ann <ann@a.com>', 'qa@contoso.com'),
      field('Cc', 'bob@a.com'),
      field('Bcc', 'eve@a.com'),
      field('Resent-To', 'dan@a.com'),
      field('Resent-Bcc', 'eve@a.com'),
      field('Subject', 'Hi'),
    ];
    expect(redirect(header, 'qa@contoso.com', 'dev@contoso.com')).toEqual([
      field('Subject', 'Hi'),
      field('X-Graphpost-To', 'Ann <ann@a.com>', 'qa@contoso.com'),
      field('X-Graphpost-Cc', 'bob@a.com'),
      field('X-Graphpost-Resent-To', 'dan@a.com'),
      field('To', 'qa@contoso.com', 'dev@contoso.com'),
    ]);
  });

  test('works without any list', () => {
    expect(redirect([], 'qa@contoso.com')).toEqual([field('To', 'qa@contoso.com')]);
  });

  test('reaches the new recipients, and nobody else, whatever the header says', () => {
    const people = fc.constantFrom(
      'ann@a.com',
      'qa@contoso.com',
      'QA <QA@contoso.com>',
      'the boss',
    );
    const names = ['To', 'to', 'Cc', 'Bcc', 'Resent-To', 'Resent-Cc', 'Resent-Bcc'];
    const lists = fc
      .tuple(fc.constantFrom(...names), fc.array(people, { maxLength: 3 }))
      .map(([name, parts]) => field(name, ...parts));
    fc.assert(
      fc.property(fc.array(lists, { maxLength: 6 }), (header) => {
        const after = redirect(header, 'qa@contoso.com', 'dev@contoso.com');
        expect(partsOf(after, 'To').map(addressKey)).toEqual(['qa@contoso.com', 'dev@contoso.com']);
        for (const name of names.slice(2)) expect(partsOf(after, name)).toEqual([]);
      }),
    );
  });
});

describe('showInSubject()', () => {
  const paths = ['a@a.com', 'b@a.com', 'c@a.com', 'd@a.com', 'e@a.com'].map(address);
  const subject = (
    header: ModelHeader,
    count: number,
    set: Readonly<Record<string, string>> = {},
  ) =>
    showInSubject(factsOf(header), {
      insteadOf: paths.slice(0, count),
      changes: { set, add: {}, remove: [] },
    });

  test.each([
    [1, '[for a@a.com] Hello'],
    [3, '[for a@a.com, b@a.com, c@a.com] Hello'],
    [5, '[for a@a.com, b@a.com, c@a.com and 2 more] Hello'],
  ])('names %d of the old recipients', (count, text) => {
    const edit = { kind: 'set', name: 'Subject', text };
    expect(subject([field('Subject', 'Hello')], count)).toEqual(edit);
    expect(subject([field('Subject', text)], count)).toEqual(edit);
  });

  test.each([
    ['none', [], {}, '[for a@a.com]'],
    ['one that the rule sets', [field('Subject', 'Hi')], { SUBJECT: 'Set' }, '[for a@a.com] Set'],
  ])('stands before %s', (_, header, set, text) => {
    expect(subject(header, 1, set)).toMatchObject({ text });
  });

  test('stands alone where the rule takes the subject out', () => {
    const changes = { set: {}, add: {}, remove: ['subject'] };
    const insteadOf = paths.slice(0, 1);
    expect(showInSubject(factsOf([field('Subject', 'Hi')]), { insteadOf, changes })).toMatchObject({
      text: '[for a@a.com]',
    });
    const unchanged = { insteadOf, changes: undefined };
    expect(showInSubject(factsOf([field('Subject', 'Hi')]), unchanged)).toMatchObject({
      text: '[for a@a.com] Hi',
    });
  });
});
