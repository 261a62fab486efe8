import { describe, expect, test } from 'vitest';
import { address, pattern } from '../../test/support/addresses.ts';
import { factsOf, field } from '../../test/support/header-model.ts';
import type { FromBlock } from './originator.ts';
import { checkOriginators, checkReversePath } from './senders.ts';

const never: FromBlock = { force: 'never', defaults: [], replyTo: 'original' };
const byDefault: FromBlock = {
  force: 'default',
  address: address('noreply@contoso.com'),
  defaults: [pattern('wordpress@*')],
  replyTo: 'original',
};
const always: FromBlock = { ...byDefault, force: 'always' };

const client = { name: 'wordpress', senders: [pattern('app@contoso.com'), pattern('*@shop.com')] };
const anySender = { name: 'any', senders: [pattern('*')] };

describe('checkReversePath()', () => {
  test.each([
    ['one of the senders', 'app@contoso.com'],
    ['one of the senders in another case', 'APP@Contoso.COM'],
    ['one of a domain', 'anybody@shop.com'],
  ])('allows %s', (_, reversePath) => {
    expect(checkReversePath(client, address(reversePath), never)).toBeUndefined();
  });

  test('allows the null reverse-path', () => {
    expect(checkReversePath(client, null, never)).toBeUndefined();
  });

  test.each([
    ['somebody else', 'ceo@contoso.com'],
    ['a tag', 'app+ceo@contoso.com'],
    ['a subdomain', 'app@mail.contoso.com'],
    ['a domain that ends alike', 'app@evilshop.com'],
    ['an address in a local part', '"app@contoso.com"@evil.com'],
    ['a look-alike', 'арр@contoso.com'],
    ['a look-alike domain', 'app@соntoso.com'],
  ])('refuses %s', (_, reversePath) => {
    expect(checkReversePath(client, address(reversePath), never)).toMatchObject({
      kind: 'failed',
      status: '5.7.1',
      reason: 'permission',
    });
  });

  test('names address and client in the diagnostic, and neither in the reply', () => {
    expect(checkReversePath(client, address('ceo@contoso.com'), never)).toMatchObject({
      diagnostic:
        'Client "wordpress" may not send with MAIL FROM "ceo@contoso.com": it is not among the senders of that client',
      reply: 'Not allowed to send with this MAIL FROM address',
    });
  });

  test.each([
    ['always', always, 'ceo@contoso.com', true],
    ['default', byDefault, 'ceo@contoso.com', false],
    ['default', byDefault, 'wordpress@contoso.com', true],
    ['default', byDefault, 'root@localhost', true],
    ['never', never, 'root@localhost', false],
  ])('with force %s', (_, block, reversePath, allowed) => {
    expect(checkReversePath(client, address(reversePath), block) === undefined).toBe(allowed);
  });
});

describe('checkOriginators()', () => {
  const check = (block: FromBlock, ...fields: ReturnType<typeof field>[]) =>
    checkOriginators(client, { header: factsOf(fields), fromWasMissing: false }, block);

  test.each([
    ['one of the senders', [field('From', 'The App <app@contoso.com>')]],
    ['several, all of them senders', [field('From', 'app@contoso.com', 'a@shop.com')]],
    [
      'several fields, all of senders',
      [field('From', 'app@contoso.com'), field('from', 'a@shop.com')],
    ],
    ['a Sender who is one', [field('From', 'a@shop.com'), field('Sender', 'app@contoso.com')]],
    ['a header that names nobody', []],
    ['a display name that says more', [field('From', 'CEO <app@contoso.com>')]],
  ])('allows %s', (_, fields) => {
    expect(check(never, ...fields)).toBeUndefined();
  });

  test.each([
    ['somebody else', 'From "ceo@contoso.com"', [field('From', 'CEO <ceo@contoso.com>')]],
    [
      'another in the list',
      'From "ceo@contoso.com"',
      [field('From', 'app@contoso.com', 'ceo@contoso.com')],
    ],
    [
      'another field',
      'From "ceo@contoso.com"',
      [field('From', 'app@contoso.com'), field('FROM', 'ceo@contoso.com')],
    ],
    [
      'a Sender who is none',
      'Sender "ceo@contoso.com"',
      [field('From', 'app@contoso.com'), field('Sender', 'ceo@contoso.com')],
    ],
    [
      'a Resent-From who is none',
      'Resent-From "ceo@contoso.com"',
      [field('From', 'app@contoso.com'), field('Resent-From', 'ceo@contoso.com')],
    ],
    [
      'a Resent-Sender who is none',
      'Resent-Sender "ceo@contoso.com"',
      [
        field('From', 'app@contoso.com'),
        field('Resent-From', 'app@contoso.com'),
        field('Resent-Sender', 'ceo@contoso.com'),
      ],
    ],
    ['what cannot be read', 'From "ceo@contoso.com@evil"', [field('From', 'ceo@contoso.com@evil')]],
    [
      'a Sender who cannot be read',
      'Sender "ceo"',
      [field('From', 'app@contoso.com'), field('Sender', 'ceo')],
    ],
  ])('refuses %s', (_, named, fields) => {
    const refusal = check(never, ...fields);
    expect(refusal).toMatchObject({ kind: 'failed', status: '5.7.1', reason: 'permission' });
    expect(refusal?.diagnostic).toContain(`Client "wordpress" may not send with ${named}: `);
  });

  test.each([
    ['ceo\0@evil', String.raw`"ceo\u0000@evil"`],
    ['x'.repeat(5_000), `"${'x'.repeat(320)}…"`],
  ])('quotes what cannot be read on one short line', (text, quoted) => {
    expect(check(never, field('From', text))?.diagnostic).toBe(
      `Client "wordpress" may not send with From ${quoted}: that cannot be read as an address`,
    );
  });

  test('refuses what cannot be read even to a client that may send as anybody', () => {
    const source = { header: factsOf([field('From', 'scanner')]), fromWasMissing: false };
    expect(checkOriginators(anySender, source, never)).toMatchObject({ status: '5.7.1' });
    expect(checkOriginators(anySender, source, byDefault)).toBeUndefined();
  });

  describe('needs no permission for what the block replaces', () => {
    const ceo = field('From', 'ceo@contoso.com');
    const root = field('From', 'root@localhost');
    const sender = field('Sender', 'ceo@contoso.com');
    const resent = field('Resent-From', 'ceo@contoso.com');

    test.each([
      ['always: anybody', always, [ceo, sender, resent], true],
      ['always: the forced address', always, [field('From', 'noreply@contoso.com')], true],
      ['always: what cannot be read', always, [field('From', 'a@b@c')], true],
      ['default: a default', byDefault, [root, sender], true],
      ['default: all are defaults', byDefault, [field('From', 'root@a', 'wordpress@b.com')], true],
      ['default: nothing readable', byDefault, [field('From', 'scanner')], true],
      [
        'default: a Sender that is one',
        byDefault,
        [field('From', 'a@shop.com'), field('Sender', 'root@a')],
        true,
      ],
      ['default: somebody', byDefault, [ceo], false],
      ['default: the forced address', byDefault, [field('From', 'noreply@contoso.com')], false],
      [
        'default: one of several is none',
        byDefault,
        [root, field('From', 'app@contoso.com')],
        false,
      ],
      ['default: Sender is none', byDefault, [field('From', 'a@shop.com'), sender], false],
      ['default: Resent-From is none', byDefault, [field('From', 'a@shop.com'), resent], false],
      ['never: a default', never, [root], false],
    ])('%s', (_, block, fields, allowed) => {
      expect(check(block, ...fields) === undefined).toBe(allowed);
    });

    test('default: a From that was missing', () => {
      const source = { header: factsOf([ceo]), fromWasMissing: true };
      expect(checkOriginators(client, source, byDefault)).toBeUndefined();
      expect(checkOriginators(client, source, never)).toMatchObject({ status: '5.7.1' });
    });
  });
});
