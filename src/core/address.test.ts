import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address, pattern } from '../../test/support/addresses.ts';
import {
  addressKey,
  domainOf,
  hasFullDomain,
  localPartOf,
  matchesAny,
  matchesPattern,
  parseAddress,
  parseAddressPattern,
  sameAddress,
  toAsciiDomain,
} from './address.ts';

const label63 = 'd'.repeat(63);
const domain255 = `${label63}.${label63}.${label63}.${label63}`;

describe('parseAddress()', () => {
  test.each([
    ['app@contoso.com', 'app@contoso.com'],
    ['First.Last@Contoso.COM', 'First.Last@contoso.com'],
    ["o'brien+tag=x/y@contoso.com", "o'brien+tag=x/y@contoso.com"],
    ['root@localhost', 'root@localhost'],
    ['scan@my_host.local', 'scan@my_host.local'],
    ['jürgen@contoso.com', 'jürgen@contoso.com'],
    ['chef@MÜLLER.de', 'chef@xn--mller-kva.de'],
    ['chef@xn--mller-kva.de', 'chef@xn--mller-kva.de'],
    ['chef@XN--MLLER-KVA.de', 'chef@xn--mller-kva.de'],
    ['a@faß.de', 'a@xn--fa-hia.de'],
    ['a@ｃｏｎｔｏｓｏ。com', 'a@contoso.com'],
    ['"john doe"@contoso.com', '"john doe"@contoso.com'],
    ['"a@evil"@contoso.com', '"a@evil"@contoso.com'],
    [String.raw`"a\"b"@contoso.com`, String.raw`"a\"b"@contoso.com`],
    ['"john.doe"@contoso.com', 'john.doe@contoso.com'],
    [String.raw`"j\ohn"@contoso.com`, 'john@contoso.com'],
    ['local.@contoso.com', 'local.@contoso.com'],
    ['"local."@contoso.com', 'local.@contoso.com'],
    ['""@contoso.com', '""@contoso.com'],
    ['"a..b"@contoso.com', '"a..b"@contoso.com'],
    ['user@[192.168.5.146]', 'user@[192.168.5.146]'],
    ['user@[IPv6:2001:DB8::1]', 'user@[ipv6:2001:db8::1]'],
  ])('reads %j as %j', (text, canonical) => {
    expect(parseAddress(text)).toBe(canonical);
  });

  test.each([
    [''],
    ['@'],
    ['app'],
    ['app@'],
    ['@contoso.com'],
    ['a@b@c'],
    ['a@evil@contoso.com'],
    ['<app@contoso.com>'],
    ['app @contoso.com'],
    ['app@contoso .com'],
    ['app@contoso.com '],
    ['app@contoso.com.'],
    ['app@.contoso.com'],
    ['app@contoso..com'],
    ['app@müller..de'],
    ['app@müller.de.'],
    ['app@-contoso.com'],
    ['app@contoso-.com'],
    ['.app@contoso.com'],
    ['.@contoso.com'],
    ['app..@contoso.com'],
    ['a..b@contoso.com'],
    ['=?utf-8?q?app?=@contoso.com'],
    ['a=?b@contoso.com'],
    ['"=?utf-8?q?app?="@contoso.com'],
    [String.raw`"=\?utf-8\?q\?app\?="@contoso.com`],
    ['a,b@contoso.com'],
    ['a;b@contoso.com'],
    ['a(comment)@contoso.com'],
    ['"a"b"@contoso.com'],
    ['"a@contoso.com'],
    [String.raw`"a\"@contoso.com`],
    ['app@contoso.com/sendMail?x=y'],
    ['app@contoso.com%2f'],
    ['app@müller.de/x'],
    ['app@müller.de:25'],
    ['app@１２７.１'],
    ['user@[192.168.5.256]'],
    ['user@[192.168.5]'],
    ['user@[IPv6:1:2]'],
    ['user@[IPv6:::::]'],
    ['user@[contoso.com]'],
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test.each([
    ['NUL', '\0'],
    ['CR', '\r'],
    ['LF', '\n'],
    ['tab', '\t'],
    ['DEL', '\x7f'],
    ['next line', '\x85'],
    ['soft hyphen', '\xad'],
    ['zero width space', '\u200b'],
    ['right-to-left override', '\u202e'],
    ['line separator', '\u2028'],
    ['byte order mark', '\ufeff'],
    ['half a surrogate pair', '\ud800'],
  ])('refuses %s everywhere', (_, letter) => {
    for (const text of [
      `a${letter}b@contoso.com`,
      `"a${letter}b"@contoso.com`,
      `"a\\${letter}b"@contoso.com`,
      `app@cont${letter}oso.com`,
      `app@contoso.com${letter}`,
      `${letter}app@contoso.com`,
    ]) {
      expect.soft(parseAddress(text), JSON.stringify(text)).toBeUndefined();
    }
  });

  test.each([
    ['a control', 'xn--ab-qa.com'],
    ['a zero width space', 'xn--ab-g1t.com'],
    ['a right-to-left override', 'xn--abc-4q0a.com'],
    ['plain letters', 'xn--abc-.com'],
    ['nothing', 'xn--.com'],
    ['nothing, in the last label', 'contoso.xn--'],
  ])('refuses a domain that hides %s behind xn--', (_, domain) => {
    expect(parseAddress(`app@${domain}`)).toBeUndefined();
  });

  test('allows 64 octets before the @, and no more', () => {
    expect(parseAddress(`${'a'.repeat(64)}@contoso.com`)).toBeDefined();
    expect(parseAddress(`${'a'.repeat(65)}@contoso.com`)).toBeUndefined();
    expect(parseAddress(`${'ü'.repeat(32)}@contoso.com`)).toBeDefined();
    expect(parseAddress(`${'ü'.repeat(33)}@contoso.com`)).toBeUndefined();
  });

  test('allows labels of 63 octets and domains of 255, and no more', () => {
    expect(domain255).toHaveLength(255);
    expect(parseAddress(`a@${domain255}`)).toBeDefined();
    expect(parseAddress(`a@${domain255}d`)).toBeUndefined();
    expect(parseAddress(`a@d${label63}.com`)).toBeUndefined();
    expect(parseAddress(`a@${'ü'.repeat(70)}.de`)).toBeUndefined();
  });

  test.each([
    ['a@'.repeat(200_000)],
    ['('.repeat(200_000)],
    [`a@${'ü'.repeat(200_000)}`],
    [`"${'\\'.repeat(200_000)}"@contoso.com`],
  ])('refuses 200,000 times the same', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test('leaves a canonical text as it is', () => {
    const domain = fc.oneof(
      fc.domain(),
      fc.constantFrom('localhost', 'MÜLLER.de', '例え.jp', '[10.0.0.1]', '[IPv6:::1]'),
    );
    const localPart = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=^_`{|}~-]{1,20}(\.[a-z0-9]{1,10}){0,2}\.?$/),
      fc.stringMatching(/^" [ -!#->@-[\]-~]{0,20}"$/),
      fc.constantFrom('jürgen', '用户', '""', '"a..b"'),
    );
    fc.assert(
      fc.property(localPart, domain, (local, host) => {
        const canonical = address(`${local}@${host}`);
        expect(parseAddress(canonical)).toBe(canonical);
        expect(`${localPartOf(canonical)}@${domainOf(canonical)}`).toBe(canonical);
        expect(localPartOf(canonical)).toBe(local);
      }),
    );
  });

  test('gives nothing but canonical texts, whatever it is given', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((local) => `${local}@ü.de`),
    );
    fc.assert(
      fc.property(text, (any) => {
        const parsed = parseAddress(any);
        expect(parsed === undefined || parseAddress(parsed) === parsed).toBe(true);
      }),
    );
  });
});

describe('localPartOf() and domainOf()', () => {
  test('part at the last @', () => {
    expect(localPartOf(address('"a@b"@contoso.com'))).toBe('"a@b"');
    expect(domainOf(address('"a@b"@contoso.com'))).toBe('contoso.com');
  });
});

describe('sameAddress()', () => {
  test.each([
    ['App@contoso.com', 'app@CONTOSO.com', true],
    ['chef@müller.de', 'chef@xn--mller-kva.de', true],
    ['app@contoso.com', 'app@mail.contoso.com', false],
    ['app@contoso.com', 'app+tag@contoso.com', false],
    ['ceo@contoso.com', 'cеo@contoso.com', false],
  ])('of %j and %j is %j', (one, other, expected) => {
    expect(sameAddress(address(one), address(other))).toBe(expected);
    expect(addressKey(address(one)) === addressKey(address(other))).toBe(expected);
  });
});

describe('hasFullDomain()', () => {
  test.each([
    ['app@contoso.com', true],
    ['root@localhost', false],
    ['root@web01', false],
    ['root@[10.0.0.1]', false],
  ])('of %j is %j', (text, expected) => {
    expect(hasFullDomain(address(text))).toBe(expected);
  });
});

describe('parseAddressPattern()', () => {
  test.each([
    ['*', '*', '*'],
    ['*@contoso.com', '*', 'contoso.com'],
    ['root@*', 'root', '*'],
    ['*@*', '*', '*'],
    ['*@localhost', '*', 'localhost'],
    ['App@Contoso.com', 'app', 'contoso.com'],
    ['*@müller.de', '*', 'xn--mller-kva.de'],
    ['"App"@contoso.com', 'app', 'contoso.com'],
    ['ilo.@contoso.com', 'ilo.', 'contoso.com'],
  ])('reads %j', (text, localPart, domain) => {
    expect(parseAddressPattern(text)).toEqual({ text, localPart, domain });
  });

  test.each([
    [''],
    ['contoso.com'],
    ['@contoso.com'],
    ['app@'],
    ['app*@contoso.com'],
    ['*@*.contoso.com'],
    ['a b@contoso.com'],
    ['a@b@contoso.com'],
  ])('refuses %j', (text) => {
    expect(parseAddressPattern(text)).toBeUndefined();
  });
});

describe('matchesPattern()', () => {
  test.each([
    ['*', 'root@localhost', true],
    ['*@contoso.com', 'app@contoso.com', true],
    ['*@contoso.com', 'app@mail.contoso.com', false],
    ['*@contoso.com', 'app@evilcontoso.com', false],
    ['*@contoso.com', '"ceo@contoso.com"@evil.com', false],
    ['ceo@contoso.com', '"ceo"@contoso.com', true],
    ['root@*', 'ROOT@web01', true],
    ['root@*', 'root2@web01', false],
    ['app@contoso.com', 'APP@contoso.com', true],
    ['app@contoso.com', 'app+tag@contoso.com', false],
    ['*@müller.de', 'chef@xn--mller-kva.de', true],
  ])('of %j on %j is %j', (text, candidate, expected) => {
    expect(matchesPattern(pattern(text), address(candidate))).toBe(expected);
  });
});

describe('matchesAny()', () => {
  test('needs one pattern that matches', () => {
    const patterns = [pattern('root@*'), pattern('*@localhost')];
    expect(matchesAny(patterns, address('app@localhost'))).toBe(true);
    expect(matchesAny(patterns, address('app@contoso.com'))).toBe(false);
    expect(matchesAny([], address('app@contoso.com'))).toBe(false);
  });
});

describe('toAsciiDomain()', () => {
  test.each([
    ['müller', 'xn--mller-kva'],
    ['Contoso.COM', 'contoso.com'],
    ['', undefined],
    ['a/b', undefined],
    ['a@b', undefined],
    ['a\u200bb', undefined],
  ])('of %j is %j', (domain, expected) => {
    expect(toAsciiDomain(domain)).toBe(expected);
  });
});
