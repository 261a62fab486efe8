import { describe, expect, test } from 'vitest';
import { listOf, parseMainCf, parsePostfixTime, readTables } from './import-postfix-files.ts';

describe('parseMainCf()', () => {
  test.each([
    ['relayhost=[a]:587', 'relayhost', '[a]:587'],
    ['# x = y\nx = z', 'x', 'z'],
    ['x = 1\nx = 2', 'x', '2'],
    ['x = a,\n  # between\n\n\tb', 'x', 'a, b'],
    [
      'mydomain = d.example\nx = $mydomain ${mydomain} $(mydomain)',
      'x',
      'd.example d.example d.example',
    ],
    ['myhostname = h.d.example\nx = $mydomain $myorigin', 'x', 'd.example h.d.example'],
    ['a = 1\nx = ${a?yes}${a:no}${b?yes}${b:no}', 'x', 'yesno'],
    ['x = a$$b $unknown.', 'x', 'a$b .'],
    ['x = $x', 'x', '$x'],
  ])('reads %j', (text, name, value) => {
    expect(parseMainCf(text).get(name)).toBe(value);
  });

  test('gives back what the file says alone', () => {
    expect([...parseMainCf('x = 1\nnot a line\n').keys()]).toEqual(['x']);
  });
});

describe('readTables()', () => {
  const files = new Map([
    ['/t', '# c\nroot  ops@contoso.com\n a@b.example   x@y.example  \nalone\n'],
    [
      '/p',
      '/^a\\/b$/i x@y.example\n|c| z@y.example\nif /x/\n/d/ d@y.example\nendif\n!/e/ e@y.example\n',
    ],
  ]);
  const rowsOf = (value: string) =>
    readTables(value, (path) => files.get(path)).flatMap((table) =>
      table.kind === 'rows' ? table.rows : [],
    );

  test('reads keys of tables that are text', () => {
    expect(rowsOf('proxy:hash:/t')).toEqual([
      // A line that begins with a blank goes on with the one before.
      { kind: 'key', key: 'root', value: 'ops@contoso.com a@b.example   x@y.example' },
      { kind: 'unfit', text: 'alone' },
    ]);
  });

  test('reads patterns, and says which lines are no plain ones', () => {
    expect(rowsOf('pcre:/p')).toEqual([
      { kind: 'pattern', pattern: '^a\\/b$', value: 'x@y.example' },
      { kind: 'pattern', pattern: 'c', value: 'z@y.example' },
      { kind: 'unfit', text: 'if /x/' },
      { kind: 'unfit', text: '/d/ d@y.example' },
      { kind: 'unfit', text: 'endif' },
      { kind: 'unfit', text: '!/e/ e@y.example' },
    ]);
  });

  test('reads tables that stand in main.cf itself', () => {
    expect(rowsOf('inline:{ { a = b@c.example }, {d=e} }, static:x@y.example')).toEqual([
      { kind: 'key', key: 'a', value: 'b@c.example' },
      { kind: 'key', key: 'd', value: 'e' },
      { kind: 'pattern', pattern: '.*', value: 'x@y.example' },
    ]);
  });

  test.each([
    ['ldap:/x', 'a table of the type ldap cannot be read here'],
    ['hash:/gone', '/gone is not there'],
  ])('says why %s is not read', (value, why) => {
    expect(readTables(value, () => undefined)).toEqual([{ kind: 'unreadable', why }]);
  });
});

test('listOf() parts at commas and blanks', () => {
  expect(listOf(' a, b\tc,,d ')).toEqual(['a', 'b', 'c', 'd']);
});

test.each([
  ['300s', 's', 300],
  ['5', 'd', 432_000],
  ['2h', 's', 7_200],
  ['1w', 's', 604_800],
  ['soon', 's', undefined],
] as const)('parsePostfixTime() reads %s (in %s) as %s', (text, unit, seconds) => {
  expect(parsePostfixTime(text, unit)).toBe(seconds);
});
