import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address, pattern } from '../../test/support/addresses.ts';
import {
  applyEdits,
  factsOf,
  field,
  partsOf,
  type ModelHeader,
} from '../../test/support/header-model.ts';
import {
  isReplaceable,
  isReplaced,
  isSenderRemoved,
  planOriginator,
  type FromBlock,
} from './originator.ts';

const never: FromBlock = { force: 'never', defaults: [], replyTo: 'original' };
const byDefault: FromBlock = {
  force: 'default',
  address: address('noreply@contoso.com'),
  defaults: [pattern('wordpress@*'), pattern('*@old.contoso.com')],
  replyTo: 'original',
};
const always: FromBlock = { ...byDefault, force: 'always' };

interface Planned {
  readonly address: string | undefined;
  readonly replaced: boolean;
  /** Names of the edited fields. */
  readonly edited: readonly string[];
  readonly from: readonly string[];
  readonly sender: readonly string[];
  readonly replyTo: readonly string[];
}

function plan(header: ModelHeader, block: FromBlock, fromWasMissing = false): Planned {
  const planned = planOriginator({ header: factsOf(header), fromWasMissing }, block);
  const after = applyEdits(header, planned.edits);
  return {
    address: planned.address,
    replaced: planned.replaced,
    edited: planned.edits.map(({ name }) => name),
    from: partsOf(after, 'From'),
    sender: partsOf(after, 'Sender'),
    replyTo: partsOf(after, 'Reply-To'),
  };
}

describe('planOriginator() with force: always', () => {
  test('puts the address of the block in place of the own one, which becomes Reply-To', () => {
    expect(plan([field('From', 'Shop <shop@contoso.com>')], always)).toMatchObject({
      address: 'noreply@contoso.com',
      replaced: true,
      from: ['Shop <noreply@contoso.com>'],
      replyTo: ['Shop <shop@contoso.com>'],
    });
  });

  test('fills in what is missing', () => {
    expect(plan([], always)).toMatchObject({
      address: 'noreply@contoso.com',
      replaced: true,
      from: ['noreply@contoso.com'],
      replyTo: [],
    });
  });

  test('replaces several addresses by one', () => {
    expect(plan([field('From', 'a@contoso.com', 'b@contoso.com')], always)).toMatchObject({
      from: ['noreply@contoso.com'],
      replyTo: ['a@contoso.com', 'b@contoso.com'],
    });
  });

  test('replaces several fields by one', () => {
    const header = [field('From', 'noreply@contoso.com'), field('from', 'b@contoso.com')];
    expect(applyEdits(header, planOriginator(sourceOf(header), always).edits)).toEqual([
      field('From', 'noreply@contoso.com'),
      field('Reply-To', 'noreply@contoso.com', 'b@contoso.com'),
    ]);
  });

  test('replaces what cannot be read', () => {
    expect(plan([field('From', 'Scanner <scanner>')], always)).toMatchObject({
      address: 'noreply@contoso.com',
      from: ['Scanner <noreply@contoso.com>'],
      replyTo: [],
    });
  });

  test.each([['noreply@contoso.com'], ['NoReply@Contoso.com'], ['Own name <noreply@contoso.com>']])(
    'leaves %j alone, the name too, because the address is the forced one',
    (own) => {
      expect(plan([field('From', own)], { ...always, name: 'Contoso' })).toEqual({
        address: expect.stringMatching(/^noreply@contoso\.com$/i),
        replaced: false,
        edited: [],
        from: [own],
        sender: [],
        replyTo: [],
      });
    },
  );

  test.each([
    [
      'the name of the block',
      'Shop <shop@contoso.com>',
      'Contoso',
      'Contoso <noreply@contoso.com>',
    ],
    ['the own name', 'Shop <shop@contoso.com>', undefined, 'Shop <noreply@contoso.com>'],
    ['no name', 'shop@contoso.com', undefined, 'noreply@contoso.com'],
    ['no own name with an @', 'ceo@contoso.com <a@b.com>', undefined, 'noreply@contoso.com'],
    ['no name', 'Shop <shop@contoso.com>', '', 'noreply@contoso.com'],
    ['no name that repeats', 'a@b.com', 'noreply@contoso.com', 'noreply@contoso.com'],
    ['the block’s name with an @', 'a@b.com', 'Us @ Contoso', 'Us @ Contoso <noreply@contoso.com>'],
  ])('gives it %s', (_, own, name, expected) => {
    const block = name === undefined ? always : { ...always, name };
    expect(plan([field('From', own)], block).from).toEqual([expected]);
  });

  test('removes Sender, also where From stays', () => {
    const sender = field('Sender', 'ceo@contoso.com');
    expect(plan([field('From', 'shop@contoso.com'), sender], always).sender).toEqual([]);
    expect(plan([field('From', 'noreply@contoso.com'), sender], always).sender).toEqual([]);
  });
});

describe('planOriginator() with force: default', () => {
  test.each([
    ['an address of the list', 'WordPress@shop.contoso.com'],
    ['a domain of the list', 'app@old.contoso.com'],
    ['a host name', 'root@localhost'],
    ['an address literal', 'root@[10.0.0.1]'],
    ['what cannot be read', 'root'],
  ])('replaces %s, which becomes no Reply-To', (_, own) => {
    expect(plan([field('From', own)], byDefault)).toMatchObject({
      address: 'noreply@contoso.com',
      replaced: true,
      from: ['noreply@contoso.com'],
      replyTo: [],
    });
  });

  test('replaces several when each of them is a default', () => {
    const header = [field('From', 'root@localhost', 'wordpress@contoso.com', 'nonsense')];
    expect(plan(header, byDefault).from).toEqual(['noreply@contoso.com']);
  });

  test('leaves an own address alone', () => {
    const header = [field('From', 'Shop <shop@contoso.com>'), field('Sender', 'app@contoso.com')];
    expect(plan(header, byDefault)).toEqual({
      address: 'shop@contoso.com',
      replaced: false,
      edited: [],
      from: ['Shop <shop@contoso.com>'],
      sender: ['app@contoso.com'],
      replyTo: [],
    });
  });

  test('leaves several alone when one of them is no default', () => {
    const header = [field('From', 'root@localhost', 'shop@contoso.com')];
    expect(plan(header, byDefault)).toMatchObject({ replaced: false, edited: [] });
  });

  test('replaces an address that was added because there was none', () => {
    expect(plan([field('From', 'shop@contoso.com')], byDefault, true)).toMatchObject({
      replaced: true,
      from: ['noreply@contoso.com'],
      replyTo: [],
    });
  });

  test.each([
    ['root@localhost', []],
    ['nonsense', []],
    ['app@contoso.com', ['app@contoso.com']],
  ])('of a Sender %j leaves %j', (sender, left) => {
    const header = [field('From', 'shop@contoso.com'), field('Sender', sender)];
    expect(plan(header, byDefault).sender).toEqual(left);
  });
});

describe('planOriginator() with force: never', () => {
  test.each([['shop@contoso.com'], ['root@localhost'], ['Shop <shop@contoso.com>']])(
    'leaves %j alone',
    (own) => {
      expect(plan([field('From', own)], never)).toMatchObject({ edited: [], from: [own] });
    },
  );

  test('leaves what was added at acceptance alone', () => {
    expect(plan([field('From', 'app@contoso.com')], never, true)).toMatchObject({
      address: 'app@contoso.com',
      edited: [],
    });
  });

  test.each([
    ['nothing', []],
    ['what cannot be read', ['scanner']],
    ['something that cannot be read beside an address', ['shop@contoso.com', 'scanner']],
  ])('has no address for %s', (_, own) => {
    const header = own.length > 0 ? [field('From', ...own)] : [];
    const planned = planOriginator(sourceOf(header), never);
    expect(planned).toEqual({ replaced: false, edits: [] });
  });

  test('leaves Sender alone, unless it names nobody', () => {
    const from = field('From', 'shop@contoso.com');
    expect(plan([from, field('Sender', 'root@localhost')], never).edited).toEqual([]);
    expect(plan([from, field('Sender')], never).edited).toEqual(['Sender']);
  });
});

describe('planOriginator() of a From that stays', () => {
  test.each([
    ['drops a name that repeats the address', 'printer@d.com <printer@d.com>', 'printer@d.com'],
    ['… in another case', 'Printer@D.com <printer@d.com>', 'printer@d.com'],
    ['… in quotation marks', `'printer@d.com' <printer@d.com>`, 'printer@d.com'],
    ['… as U-label', 'a@müller.de <a@xn--mller-kva.de>', 'a@xn--mller-kva.de'],
    ['writes another name with @ anew', 'Us @ home <a@d.com>', 'Us @ home <a@d.com>'],
  ])('%s', (_, own, expected) => {
    expect(plan([field('From', own)], never)).toMatchObject({
      replaced: false,
      edited: ['From'],
      from: [expected],
    });
  });

  test('writes a field anew whose name says @ only when it is decoded', () => {
    const header = factsOf([field('From', 'Us @ home <a@d.com>')]);
    const fields = [{ name: 'From', value: '=?utf-8?q?Us_=40_home?= <a@d.com>' }];
    const source = { header: { ...header, fields }, fromWasMissing: false };
    expect(planOriginator(source, never).edits).toHaveLength(1);
  });

  test('writes a field anew that another reader may take otherwise', () => {
    const header = { ...factsOf([field('From', 'app@d.com')]), unclear: ['from'] };
    expect(planOriginator({ header, fromWasMissing: false }, never)).toEqual({
      address: 'app@d.com',
      replaced: false,
      edits: [
        { kind: 'setMailboxes', name: 'From', mailboxes: [{ name: '', address: 'app@d.com' }] },
      ],
    });
  });

  test('takes a name of 250,000 blanks as any other', () => {
    const name = `a@d.com${' '.repeat(250_000)}x`;
    const header = { ...factsOf([]), from: [{ name, address: 'a@d.com' }] };
    expect(planOriginator({ header, fromWasMissing: false }, never).edits).toEqual([
      { kind: 'setMailboxes', name: 'From', mailboxes: [{ name, address: 'a@d.com' }] },
    ]);
  });

  test('joins several fields', () => {
    const header = [field('From', 'A <a@d.com>'), field('FROM', 'b@d.com')];
    expect(applyEdits(header, planOriginator(sourceOf(header), never).edits)).toEqual([
      field('From', 'A <a@d.com>', 'b@d.com'),
    ]);
  });
});

describe('planOriginator() and Reply-To', () => {
  const from = field('From', 'Shop <shop@contoso.com>');

  test('an existing one wins', () => {
    const header = [from, field('Reply-To', 'help@contoso.com')];
    expect(plan(header, always)).toMatchObject({
      edited: ['From'],
      replyTo: ['help@contoso.com'],
    });
  });

  test('none with replyTo: never', () => {
    expect(plan([from], { ...always, replyTo: 'never' }).edited).toEqual(['From']);
  });

  test('none where From was missing', () => {
    expect(plan([from], always, true).edited).toEqual(['From']);
  });

  test('none where From stays', () => {
    expect(plan([field('From', 'noreply@contoso.com')], always).edited).toEqual([]);
    expect(plan([from], byDefault).edited).toEqual([]);
  });

  test('only those of several that are no defaults', () => {
    const header = [field('From', 'root@localhost', 'shop@contoso.com', 'wordpress@contoso.com')];
    expect(plan(header, always).replyTo).toEqual(['shop@contoso.com']);
  });
});

describe('planOriginator() and the other fields that say who sends', () => {
  const from = field('From', 'shop@contoso.com');

  test.each(['Sender', 'Reply-To', 'Resent-From', 'Resent-Sender'])(
    'writes %s anew where another reader may take it otherwise',
    (name) => {
      const own = field(name, 'App <app@contoso.com>');
      const header = { ...factsOf([from, own]), unclear: [name.toLowerCase()] };
      const { edits } = planOriginator({ header, fromWasMissing: false }, never);
      const mailboxes = [{ name: 'App', address: 'app@contoso.com' }];
      expect(edits).toEqual([{ kind: 'setMailboxes', name, mailboxes }]);
    },
  );

  test.each(['Sender', 'Reply-To', 'Resent-From', 'Resent-Sender'])(
    'leaves of %s what can be read',
    (name) => {
      const header = [from, field(name, 'the boss', 'app@contoso.com'), field(name, 'nobody')];
      const { edits } = planOriginator(sourceOf(header), never);
      expect(applyEdits(header, edits)).toEqual([from, field(name, 'app@contoso.com')]);
      const bare = [from, field(name, 'the boss')];
      expect(applyEdits(bare, planOriginator(sourceOf(bare), never).edits)).toEqual([from]);
    },
  );

  test.each(['Resent-From', 'Resent-Sender'])('lets %s go with a From that is replaced', (name) => {
    const header = [from, field(name, 'ceo@contoso.com')];
    expect(plan(header, byDefault).edited).toEqual([]);
    expect(plan(header, always).edited).toEqual(['From', name, 'Reply-To']);
    const forced = [field('From', 'noreply@contoso.com'), field(name, 'ceo@contoso.com')];
    expect(plan(forced, always).edited).toEqual([name]);
  });

  test.each(['Sender', 'Resent-From', 'Resent-Sender'])('lets a default in %s go', (name) => {
    const header = [from, field(name, 'root@localhost')];
    expect(plan(header, byDefault).edited).toEqual([name]);
    expect(plan(header, never).edited).toEqual([]);
  });

  test('takes a Reply-To that names nobody for none', () => {
    expect(plan([from, field('Reply-To', 'nobody')], always).replyTo).toEqual(['shop@contoso.com']);
  });
});

const cases = [
  ['always', always, [true, true, true, true]],
  ['default', byDefault, [false, true, true, false]],
  ['never', never, [false, false, false, false]],
  ['always without an address', { ...never, force: 'always' }, [false, false, false, false]],
] as const;

describe('isReplaceable()', () => {
  test.each(cases)('with force %s', (_, block, expected) => {
    const addresses = ['shop@contoso.com', 'wordpress@contoso.com', 'root@localhost', 'a@b.com'];
    expect(addresses.map((text) => isReplaceable(address(text), block))).toEqual(expected);
  });
});

describe('isReplaced()', () => {
  test.each(cases)('with force %s, as for the one address', (_, block, expected) => {
    const addresses = ['shop@contoso.com', 'wordpress@contoso.com', 'root@localhost', 'a@b.com'];
    expect(addresses.map((text) => isReplaced(sourceOf([field('From', text)]), block))).toEqual(
      expected,
    );
  });

  test('holds for a missing From, unless nothing is forced', () => {
    const added = { ...sourceOf([field('From', 'shop@contoso.com')]), fromWasMissing: true };
    for (const source of [added, sourceOf([])]) {
      expect(isReplaced(source, always)).toBe(true);
      expect(isReplaced(source, byDefault)).toBe(true);
      expect(isReplaced(source, never)).toBe(false);
    }
  });
});

describe('isSenderRemoved()', () => {
  test.each([
    ['with a From that is replaced', 'root@localhost', 'ceo@contoso.com', true],
    ['as a default itself', 'shop@contoso.com', 'root@localhost', true],
    ['not otherwise', 'shop@contoso.com', 'ceo@contoso.com', false],
  ])('%s', (_, from, sender, expected) => {
    const source = sourceOf([field('From', from), field('Sender', sender)]);
    expect(isSenderRemoved(source, byDefault, 'Sender')).toBe(expected);
  });
});

function sourceOf(header: ModelHeader) {
  return { header: factsOf(header), fromWasMissing: false };
}

describe('the law of rewriting', () => {
  const texts = fc.constantFrom(
    'shop@contoso.com',
    'noreply@contoso.com',
    'NOREPLY@contoso.com',
    'root@localhost',
    'wordpress@contoso.com',
    'chef@müller.de',
    '"a@b"@contoso.com',
    'nonsense',
  );
  const names = fc.constantFrom('', 'Shop', 'shop@contoso.com', 'noreply@contoso.com', 'Us @ home');
  const parts = fc
    .tuple(names, texts)
    .map(([name, text]) => (name === '' ? text : `${name} <${text}>`));
  const fields = fc
    .tuple(
      fc.constantFrom('From', 'from', 'Sender', 'Reply-To', 'Resent-From', 'Subject'),
      fc.array(parts, { maxLength: 3 }),
    )
    .map(([name, own]) => field(name, ...own));
  const blocks = fc.record({
    force: fc.constantFrom('always', 'default', 'never'),
    address: fc
      .constantFrom('noreply@contoso.com', 'Shop@contoso.com', 'relay@old.contoso.com')
      .map(address),
    name: fc.constantFrom('Contoso', '', 'noreply@contoso.com', 'Us @ Contoso'),
    defaults: fc.constant(byDefault.defaults),
    replyTo: fc.constantFrom('original', 'never'),
  }) satisfies fc.Arbitrary<FromBlock>;

  test('a header that was rewritten stays as it is when it is planned again', () => {
    fc.assert(
      fc.property(
        fc.array(fields, { maxLength: 6 }),
        blocks,
        fc.boolean(),
        (header, block, missing) => {
          const first = planOriginator({ header: factsOf(header), fromWasMissing: missing }, block);
          const once = applyEdits(header, first.edits);
          const second = planOriginator({ header: factsOf(once), fromWasMissing: missing }, block);
          expect(applyEdits(once, second.edits)).toEqual(once);
          expect(second.address).toBe(first.address);
          expect(second.replaced).toBe(false);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('rewriting leaves every other field alone', () => {
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 6 }), blocks, (header, block) => {
        const { edits } = planOriginator(sourceOf(header), block);
        for (const { name } of edits) {
          expect(['From', 'Sender', 'Reply-To', 'Resent-From']).toContain(name);
        }
      }),
    );
  });
});
