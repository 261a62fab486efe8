import { describe, expect, test } from 'vitest';
import { formatFault, sortFaults } from './fault.ts';
import { toFault } from './source-text.ts';

const fault = { file: 'graphpost.yaml', line: 12, column: 3, key: 'log.level', message: 'is bad' };

describe('formatFault()', () => {
  test('puts carets under what is meant, and the hint behind them', () => {
    const excerpt = { text: 'log: { level: inof }', start: 14, length: 4 };
    expect(formatFault({ ...fault, hint: 'did you mean "info"?', excerpt })).toBe(
      [
        'graphpost.yaml:12:3: log.level: is bad',
        '  12 | log: { level: inof }',
        '     |               ^^^^ did you mean "info"?',
      ].join('\n'),
    );
  });

  test('leaves out what there is not', () => {
    expect(formatFault({ ...fault, key: '' })).toBe('graphpost.yaml:12:3: is bad');
    expect(formatFault({ ...fault, hint: 'mend it' })).toBe(
      'graphpost.yaml:12:3: log.level: is bad; mend it',
    );
  });
});

test('sortFaults() goes by line, then by column', () => {
  const places = [
    [2, 1],
    [1, 9],
    [1, 2],
    [10, 1],
  ] as const;
  const sorted = sortFaults(places.map(([line, column]) => ({ ...fault, line, column })));
  expect(sorted.map(({ line, column }) => [line, column])).toEqual([
    [1, 2],
    [1, 9],
    [2, 1],
    [10, 1],
  ]);
});

/** The line that is shown for a fault about the last occurrence of `marked`. */
function shownLine(text: string, marked: string, isKey = false): string | undefined {
  const start = text.lastIndexOf(marked);
  const span = { start, end: start + marked.length };
  return toFault({ file: 'f', text }, { key: '', message: '', span, isKey }).excerpt?.text;
}

describe('toFault()', () => {
  test('counts lines and columns from 1', () => {
    const span = { start: 6, end: 7 };
    const { line, column } = toFault(
      { file: 'f', text: 'a\r\nb\nc' },
      { key: '', message: '', span },
    );
    expect([line, column]).toEqual([3, 2]);
  });

  test.each([
    ['secret: hunter2', 'secret: *******'],
    ['secret: hunter2, or more', 'secret: ****************'],
    ['secret: ${SECRET}hunter2', 'secret: ****************'],
    ['password: "hun, ter2"', 'password: ***********'],
    ["{ password: 'hun, ''ter2', x: 1 }", '{ password: *************, x: 1 }'],
    ['{ secret: ${SECRET}hunter2, x: 1 }', '{ secret: ****************, x: 1 }'],
    ['{ secret: ${SECRET}, x: 1 }', '{ secret: ${SECRET}, x: 1 }'],
    ['[{ "secret":"hunter2" }]', '[{ "secret":********* }]'],
    ["{ username: a, pasword: 'hun}ter2', x: 1 }", '{ username: a, pasword: **********, x: 1 }'],
    ['{ "adminToken": hunter2, admin: x }', '{ "adminToken": *******, admin: x }'],
    ['url: smtp://user:pw@host', 'url: smtp://*******@host'],
    ['teams: https://example.com/key', 'teams: ***********************'],
    ['secret: ${SECRET}', 'secret: ${SECRET}'],
    ['secret: "${file:/run/x}"', 'secret: "${file:/run/x}"'],
    ['secret: ${SECRET:-hunter2}', 'secret: ******************'],
  ])('covers secrets: %s', (line, shown) => {
    expect(shownLine(line, line.slice(0, 3))).toBe(shown);
  });

  test('shows nothing of what stands behind a key that it is about', () => {
    expect(shownLine('  scrt: hunter2', 'scrt', true)).toBe('  scrt: …');
    expect(shownLine('  scrt:', 'scrt', true)).toBe('  scrt:');
  });

  test('shows the part of a long line that it is about', () => {
    const shown = shownLine(`list: [${'x, '.repeat(100)}HERE${', x'.repeat(100)}]`, 'HERE');
    expect(shown).toContain('HERE');
    expect(shown).toHaveLength(120);
  });
});
