import { describe, expect, test, vi } from 'vitest';
import fc from 'fast-check';
import { createLog, type LogOptions } from './log.ts';

describe('createLog()', () => {
  test('writes one JSON object per line with time, level and event', () => {
    const { log, lines } = setUp();
    log.write('info', 'smtp.vanished', { listener: 'apps', ip: '::1', receivedBytes: 5 });
    expect(lines).toEqual([
      '{"level":"info","time":"2026-11-22T12:00:00.000Z","event":"smtp.vanished",' +
        '"listener":"apps","ip":"::1","receivedBytes":5}\n',
    ]);
  });

  test('leaves out lines below its level', () => {
    const { log, lines } = setUp({ level: 'warn' });
    log.notice('info', 'start', 'quiet');
    log.notice('warn', 'start', 'loud');
    expect(lines).toHaveLength(1);
  });

  test.each([
    ['auto', true, false],
    ['auto', false, true],
    ['json', true, true],
    ['text', false, false],
  ] as const)('writes with format %s, terminal %s, JSON: %s', (format, isTerminal, isJson) => {
    const { log, lines } = setUp({ format, isTerminal, color: false });
    log.notice('info', 'start', 'Hello');
    expect(lines[0]?.startsWith('{')).toBe(isJson);
  });

  test.each([
    ['1', false],
    ['', true],
  ])('colours a terminal with NO_COLOR=%j: %s', (noColor, isColoured) => {
    vi.stubEnv('NO_COLOR', noColor);
    const { log, lines } = setUp({ format: 'auto', isTerminal: true });
    vi.unstubAllEnvs();
    log.notice('warn', 'start', 'Hello');
    expect(lines.join('').includes('\u001b[')).toBe(isColoured);
  });

  test('keeps whatever comes from outside inside one line that reads back as it was', () => {
    const { log, lines } = setUp();
    fc.assert(
      fc.property(fc.string({ unit: codeUnit, maxLength: 60 }), (username) => {
        lines.length = 0;
        log.write('warn', 'smtp.login', {
          listener: 'apps',
          ip: '10.0.0.1',
          mechanism: 'PLAIN',
          username,
          result: 'badCredentials',
        });
        expect(lines).toHaveLength(1);
        expect(lines[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(JSON.parse(lines[0] ?? '')).toMatchObject({ username });
      }),
    );
  });

  test('does not let a login name write a line of its own', () => {
    const { log, lines } = setUp();
    log.write('warn', 'smtp.login', {
      listener: 'apps',
      ip: '10.0.0.1',
      mechanism: 'PLAIN',
      username: 'x"}\n{"level":"info","event":"message.accepted"}\u2028\u001b[31m',
      result: 'badCredentials',
    });
    expect(lines.join('').split('\n')).toHaveLength(2);
  });

  test('hashes addresses wherever they stand, and keeps their domains', () => {
    const { log, lines } = setUp({ addresses: 'hashed' });
    log.write('info', 'message.discarded', {
      id: 'q1',
      route: 'noise',
      client: 'erp',
      to: ['App@example.com', 'app@example.com'],
      recipients: 2,
    });
    log.write('info', 'smtp.refused', {
      listener: 'apps',
      ip: '10.0.0.1',
      stage: 'mail',
      reason: 'senderNotAllowed',
      status: '5.7.1',
      diagnostic: 'Client "erp" may not send as <app@example.com>, nor from users/app@example.com.',
    });
    const hashed = '7f3ff7ba5a06@example.com';
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ to: [hashed, hashed] });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      diagnostic: `Client "erp" may not send as <${hashed}>, nor from users/${hashed}.`,
    });
  });

  test.each(['<>', 'erp', ''])('keeps %j as it is when it hashes', (username) => {
    const { log, lines } = setUp({ addresses: 'hashed' });
    log.write('warn', 'smtp.login', {
      listener: 'apps',
      ip: '10.0.0.1',
      mechanism: 'PLAIN',
      username,
      result: 'badCredentials',
    });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ username });
  });

  test('cuts long texts and long lists', () => {
    const { log, lines } = setUp();
    log.write('info', 'message.discarded', {
      id: 'x'.repeat(5000),
      route: 'noise',
      client: 'erp',
      to: Array.from({ length: 500 }, (_, index) => `${index}@example.com`),
      recipients: 500,
    });
    const line: { id: string; to: string[] } = JSON.parse(lines[0] ?? '');
    expect(line.id).toHaveLength(1001);
    expect(line.to).toHaveLength(100);
  });
});

const codeUnit = fc
  .oneof(fc.nat(0xff), fc.nat(0xffff), fc.constantFrom(0x1b, 0x2028, 0x202e))
  .map((code) => String.fromCharCode(code));

function setUp(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    format: 'json',
    addresses: 'full',
    isTerminal: false,
    clock: { now: () => Date.UTC(2026, 10, 22, 12) },
    stream: { write: (line) => lines.push(line) },
    ...options,
  });
  return { log, lines };
}
