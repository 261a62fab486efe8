import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { formatTextLine } from './text-line.ts';

const time = '2026-11-22T12:00:00.000Z';

describe('formatTextLine()', () => {
  test('puts time, level, event and id first, then the other keys', () => {
    const line = JSON.stringify({
      level: 'info',
      time,
      event: 'message.accepted',
      id: 'q1',
      from: 'a@b.c',
      to: ['d@e.f', 'g@h.i'],
      durationMs: 4,
      ehlo: 'my host',
    });
    expect(formatTextLine(line, { color: false }).replace(/^\d\d:\d\d:\d\d/, 'HH:MM:SS')).toBe(
      'HH:MM:SS info  message.accepted   q1 from=a@b.c to=d@e.f,g@h.i durationMs=4 ehlo="my host"\n',
    );
  });

  test('shows the text of a notice as a sentence', () => {
    const line = JSON.stringify({ level: 'warn', time, event: 'sandbox', text: 'Nothing leaves' });
    expect(formatTextLine(line, { color: false })).toContain(' Nothing leaves\n');
  });

  test('colours only where it is asked to', () => {
    const line = JSON.stringify({ level: 'error', time, event: 'fault' });
    expect(formatTextLine(line, { color: true })).toContain('\u001b[31m');
    expect(formatTextLine(line, { color: false })).not.toContain('\u001b');
  });

  test('escapes control characters and ANSI sequences from outside', () => {
    const line = JSON.stringify({
      level: 'info',
      time,
      event: 'smtp.login',
      id: '\u001b]0;title\u0007',
      username: 'a\u001b[2J\nb\u202ec',
    });
    const text = formatTextLine(line, { color: false });
    expect(text).toContain('\\u001b]0;title\\u0007');
    expect(text).toContain('a\\u001b[2J\\nb\\u202ec');
  });

  test('stays one line without controls, whatever a line holds', () => {
    const codeUnit = fc
      .oneof(fc.nat(0xff), fc.nat(0xffff), fc.constantFrom(0x1b, 0x2028, 0x202e))
      .map((code) => String.fromCharCode(code));
    const text = fc.string({ unit: codeUnit, maxLength: 30 });
    const value = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.double());
    fc.assert(
      fc.property(fc.dictionary(text, value, { maxKeys: 5 }), (line) => {
        const shown = formatTextLine(JSON.stringify({ time, ...line }), { color: false });
        expect(shown.endsWith('\n')).toBe(true);
        expect(shown.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  test('escapes what is no JSON', () => {
    expect(formatTextLine('oops \u001b[0m\n', { color: true })).toBe('oops \\u001b[0m\n');
  });
});
