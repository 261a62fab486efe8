import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import {
  applyEdits,
  factsOf,
  field,
  partsOf,
  type ModelField,
  type ModelHeader,
} from '../../test/support/header-model.ts';
import { addressKey, parseAddress } from './address.ts';
import { planRecipients, splitRecipients } from './recipients.ts';

function plan(header: ModelHeader, ...forwardPaths: readonly string[]) {
  const { edits, ...lists } = planRecipients(factsOf(header), forwardPaths.map(address));
  return { ...lists, edited: edits.map(({ name }) => name), header: applyEdits(header, edits) };
}

describe('planRecipients()', () => {
  test('touches nothing where header and envelope agree', () => {
    const header = [field('To', 'Bob <bob@a.com>', 'carol@a.com'), field('Cc', 'dan@a.com')];
    expect(plan(header, 'dan@a.com', 'carol@a.com', 'bob@a.com')).toEqual({
      to: ['bob@a.com', 'carol@a.com'],
      cc: ['dan@a.com'],
      bcc: [],
      edited: [],
      header,
    });
  });

  test('puts those who stand in no list into one Bcc', () => {
    expect(plan([field('To', 'bob@a.com')], 'bob@a.com', 'eve@a.com', 'dan@a.com')).toMatchObject({
      bcc: ['eve@a.com', 'dan@a.com'],
      edited: ['Bcc'],
      header: [field('To', 'bob@a.com'), field('Bcc', 'eve@a.com', 'dan@a.com')],
    });
  });

  test('takes those out who are not in the envelope, and keeps a record', () => {
    const header = [
      field('To', 'Ann <ann@a.com>', 'Bob <bob@a.com>'),
      field('Cc', 'dan@a.com', 'Eve <eve@a.com>', 'bob@a.com'),
    ];
    expect(plan(header, 'bob@a.com', 'dan@a.com')).toMatchObject({
      to: ['bob@a.com'],
      cc: ['dan@a.com'],
      bcc: [],
      header: [
        field('To', 'Bob <bob@a.com>'),
        field('Cc', 'dan@a.com'),
        field('X-Graphpost-To', 'Ann <ann@a.com>'),
        field('X-Graphpost-Cc', 'Eve <eve@a.com>', 'bob@a.com'),
      ],
    });
  });

  test('leaves no To where nobody of it is in the envelope', () => {
    expect(plan([field('To', 'ann@a.com')], 'bob@a.com')).toMatchObject({
      to: [],
      bcc: ['bob@a.com'],
      header: [field('X-Graphpost-To', 'ann@a.com'), field('Bcc', 'bob@a.com')],
    });
  });

  test('works without any list', () => {
    expect(plan([field('Subject', 'Hi')], 'bob@a.com').header).toEqual([
      field('Subject', 'Hi'),
      field('Bcc', 'bob@a.com'),
    ]);
  });

  test('compares addresses without case and as A-labels, and keeps the spelling of each side', () => {
    const header = [field('To', 'Bob <BOB@A.com>'), field('Cc', 'chef@müller.de')];
    expect(plan(header, 'bob@a.COM', 'chef@xn--mller-kva.de')).toMatchObject({
      to: ['bob@a.com'],
      cc: ['chef@xn--mller-kva.de'],
      bcc: [],
      edited: [],
    });
  });

  test('keeps somebody who is listed twice once: the first time, in To before Cc', () => {
    const header = [field('Cc', 'bob@a.com'), field('To', 'bob@a.com', 'Bob <Bob@a.com>')];
    expect(plan(header, 'bob@a.com')).toMatchObject({
      to: ['bob@a.com'],
      cc: [],
      header: [
        field('To', 'bob@a.com'),
        field('X-Graphpost-To', 'Bob <Bob@a.com>'),
        field('X-Graphpost-Cc', 'bob@a.com'),
      ],
    });
  });

  test('takes out what cannot be read, as it is written', () => {
    expect(plan([field('To', 'Bob <bob@a.com>', 'the boss')], 'bob@a.com').header).toEqual([
      field('To', 'Bob <bob@a.com>'),
      field('X-Graphpost-To', 'the boss'),
    ]);
  });

  test('joins several fields', () => {
    const header = [field('To', 'bob@a.com'), field('Subject', 'Hi'), field('to', 'dan@a.com')];
    expect(plan(header, 'bob@a.com', 'dan@a.com')).toMatchObject({
      edited: ['To'],
      header: [field('To', 'bob@a.com', 'dan@a.com'), field('Subject', 'Hi')],
    });
  });

  test.each([
    ['an empty To', ''],
    ['a To that names nobody', 'the boss'],
    ['undisclosed recipients', 'undisclosed-recipients:;'],
  ])('takes %s out', (_, value) => {
    const header = { ...factsOf([]), fields: [{ name: 'To', value }], unclear: ['to'] };
    expect(planRecipients(header, [address('bob@a.com')]).edits).toEqual([
      { kind: 'keepMailboxes', name: 'To', positions: [] },
      { kind: 'setMailboxes', name: 'Bcc', mailboxes: [{ name: '', address: 'bob@a.com' }] },
    ]);
  });

  test('has a list written anew that another reader may take otherwise', () => {
    const header = { ...factsOf([field('To', 'bob@a.com', 'dan@a.com')]), unclear: ['to'] };
    const { edits, to } = planRecipients(header, [address('dan@a.com'), address('bob@a.com')]);
    expect(to).toEqual(['bob@a.com', 'dan@a.com']);
    expect(edits).toEqual([{ kind: 'keepMailboxes', name: 'To', positions: [0, 1] }]);
  });

  test.each(['To', 'Cc'])(
    'leaves Resent-%s where it names the envelope’s recipients alone',
    (list) => {
      const header = [field(`Resent-${list}`, 'Bob <bob@a.com>'), field('To', 'dan@a.com')];
      expect(plan(header, 'bob@a.com', 'dan@a.com').header).toEqual([
        ...header,
        field('Bcc', 'bob@a.com'),
      ]);
    },
  );

  test.each(['To', 'Cc'])('keeps Resent-%s as a record where it names anybody else', (list) => {
    const header = [
      field(`Resent-${list}`, 'Bob <bob@a.com>', 'Eve <eve@b.com>'),
      field('To', 'bob@a.com'),
      field(`X-Graphpost-Resent-${list}`, 'forged@a.com'),
    ];
    expect(plan(header, 'bob@a.com').header).toEqual([
      field('To', 'bob@a.com'),
      field(`X-Graphpost-Resent-${list}`, 'Bob <bob@a.com>', 'Eve <eve@b.com>'),
    ]);
  });

  test('keeps several blocks of Resent-To as one record, and takes out what names nobody', () => {
    const blocks = [field('Resent-To', 'bob@a.com'), field('Resent-To', 'bob@a.com')];
    expect(plan([...blocks, field('Resent-Cc')], 'bob@a.com').header).toEqual([
      field('Bcc', 'bob@a.com'),
      field('X-Graphpost-Resent-To', 'bob@a.com', 'bob@a.com'),
    ]);
  });

  test('removes Bcc and Resent-Bcc that came in, whoever stands in them', () => {
    const header = [
      field('Bcc', 'eve@a.com', 'mallory@a.com'),
      field('To', 'bob@a.com'),
      field('resent-bcc', 'trent@a.com'),
      field('bcc', 'eve@a.com'),
    ];
    expect(plan(header, 'bob@a.com').header).toEqual([field('To', 'bob@a.com')]);
    expect(plan(header, 'bob@a.com', 'eve@a.com')).toMatchObject({
      bcc: ['eve@a.com'],
      header: [field('To', 'bob@a.com'), field('Bcc', 'eve@a.com')],
    });
  });

  test('removes records that came in', () => {
    const forged = [
      field('X-Graphpost-To', 'ceo@a.com'),
      field('x-graphpost-to', 'cfo@a.com'),
      field('X-Graphpost-Cc', 'ceo@a.com'),
    ];
    expect(plan([field('To', 'bob@a.com'), ...forged], 'bob@a.com').header).toEqual([
      field('To', 'bob@a.com'),
    ]);
    expect(plan([field('To', 'ann@a.com'), ...forged], 'bob@a.com').header).toEqual([
      field('X-Graphpost-To', 'ann@a.com'),
      field('Bcc', 'bob@a.com'),
    ]);
  });

  describe('the law of the envelope', () => {
    const people = ['bob@a.com', 'BOB@A.com', 'dan@a.com', 'eve@b.com', 'chef@müller.de', 'boss'];
    const part = fc.constantFrom(...people, 'Bob <bob@a.com>', 'Us @ home <dan@a.com>');
    const listField: fc.Arbitrary<ModelField> = fc
      .tuple(
        fc.constantFrom(
          ...['To', 'to', 'Cc', 'Bcc', 'Resent-Bcc', 'Resent-To', 'resent-cc', 'X-Graphpost-To'],
        ),
        fc.array(part, { maxLength: 4 }),
      )
      .map(([name, parts]) => field(name, ...parts));
    const headers = fc.array(listField, { maxLength: 6 });
    const envelopes = fc.uniqueArray(
      fc
        .constantFrom('bob@a.com', 'DAN@a.com', 'eve@b.com', 'frank@c.com', 'chef@müller.de')
        .map(address),
      { selector: addressKey },
    );

    const keysOf = (texts: readonly string[]) =>
      texts.map((text) =>
        addressKey(parseAddress(factsOf([field('To', text)]).to[0]?.address ?? '') ?? text),
      );

    test('its recipients get the message once each and nobody else does, whatever To and Cc say', () => {
      fc.assert(
        fc.property(headers, envelopes, (header, forwardPaths) => {
          const { edits, to, cc, bcc } = planRecipients(factsOf(header), forwardPaths);
          expect([...to, ...cc, ...bcc].toSorted()).toEqual(forwardPaths.toSorted());
          const after = applyEdits(header, edits);
          expect(keysOf(partsOf(after, 'To'))).toEqual(to.map(addressKey));
          expect(keysOf(partsOf(after, 'Cc'))).toEqual(cc.map(addressKey));
          expect(keysOf(partsOf(after, 'Bcc'))).toEqual(bcc.map(addressKey));
          expect(partsOf(after, 'Resent-Bcc')).toEqual([]);
          const resent = keysOf([...partsOf(after, 'Resent-To'), ...partsOf(after, 'Resent-Cc')]);
          expect(forwardPaths.map(addressKey)).toEqual(expect.arrayContaining(resent));
        }),
        { numRuns: 1_000 },
      );
    });

    test('nobody who is hidden stands in another field', () => {
      fc.assert(
        fc.property(headers, envelopes, (header, forwardPaths) => {
          const { edits, bcc } = planRecipients(factsOf(header), forwardPaths);
          const shown = ['To', 'Cc', 'X-Graphpost-To', 'X-Graphpost-Cc'].flatMap((name) =>
            keysOf(partsOf(applyEdits(header, edits), name)),
          );
          expect(bcc.filter((hidden) => shown.includes(addressKey(hidden)))).toEqual([]);
        }),
      );
    });

    test('nobody is lost: who is taken out of To and Cc stands in the record', () => {
      fc.assert(
        fc.property(headers, envelopes, (header, forwardPaths) => {
          const after = applyEdits(header, planRecipients(factsOf(header), forwardPaths).edits);
          for (const name of ['To', 'Cc']) {
            const left = [...partsOf(after, name), ...partsOf(after, `X-Graphpost-${name}`)];
            expect(left.toSorted()).toEqual([...partsOf(header, name)].toSorted());
          }
        }),
      );
    });
  });
});

describe('splitRecipients()', () => {
  const paths = ['a@a.com', 'b@a.com', 'c@a.com', 'd@a.com', 'e@a.com'].map(address);

  test.each([
    [1, [['a@a.com'], ['b@a.com'], ['c@a.com'], ['d@a.com'], ['e@a.com']]],
    [2, [['a@a.com', 'b@a.com'], ['c@a.com', 'd@a.com'], ['e@a.com']]],
    [5, [paths]],
    [500, [paths]],
  ])('into portions of %d', (maxRecipients, expected) => {
    expect(splitRecipients(paths, maxRecipients)).toEqual(expected);
  });

  test('makes nothing of nobody', () => {
    expect(splitRecipients([], 500)).toEqual([]);
  });

  test('loses nobody, sends to nobody twice and keeps the order', () => {
    const many = fc.uniqueArray(fc.nat(10_000).map((number) => address(`user${number}@a.com`)));
    fc.assert(
      fc.property(many, fc.integer({ min: 1, max: 20 }), (forwardPaths, maxRecipients) => {
        const portions = splitRecipients(forwardPaths, maxRecipients);
        expect(portions.flat()).toEqual(forwardPaths);
        for (const portion of portions.slice(0, -1)) expect(portion).toHaveLength(maxRecipients);
        expect(portions.at(-1)?.length ?? 1).toBeGreaterThan(0);
      }),
    );
  });
});
