import { describe, expect, test } from 'vitest';
import { formatPathCommand, parsePathCommand } from './path.ts';

describe('parsePathCommand()', () => {
  test.each([
    ['MAIL FROM:<a@example.com>', 'a@example.com', ''],
    ['mail from:<a@example.com> SIZE=7 BODY=8BITMIME', 'a@example.com', ' SIZE=7 BODY=8BITMIME'],
    ['MAIL FROM: <a@example.com>', 'a@example.com', ''],
    ['MAIL FROM:<>', '', ''],
    ['MAIL FROM:<a@example.com.>', 'a@example.com', ''],
    ['MAIL FROM:<a@example.com..>', 'a@example.com..', ''],
    ['MAIL FROM:<a@.>', 'a@.', ''],
    ['MAIL FROM:<a.>', 'a.', ''],
    ['MAIL FROM: < >', '', ''],
    ['RCPT TO:< a@example.com >', 'a@example.com', ''],
    ['RCPT TO:a@example.com', 'a@example.com', ''],
    ['RCPT TO: a@example.com NOTIFY=NEVER', 'a@example.com', ' NOTIFY=NEVER'],
    ['RCPT TO:<@one.example,@two.example:a@example.com>', 'a@example.com', ''],
    ['RCPT TO:<a@[192.168.5.146]>', 'a@[192.168.5.146]', ''],
    ['RCPT TO:<a@[IPv6:fd00::1]>', 'a@[IPv6:fd00::1]', ''],
    ['MAIL FROM:<"a:b"@example.com>', '"a:b"@example.com', ''],
  ])('reads %j', (command, path, parameters) => {
    expect(parsePathCommand(command)).toMatchObject({ path, parameters });
  });

  test.each([
    'MAIL FROM',
    'MAIL FROM:',
    'MAIL FROM: ',
    'MAIL FROM:<a@example.com',
    'RCPT TO:<\ufffd@x>',
  ])('finds no path in %j', (command) => {
    expect(parsePathCommand(command)).toBeUndefined();
  });

  test('makes what the library reads', () => {
    const parsed = parsePathCommand('mail from : a@example.com SIZE=7');
    expect(parsed && formatPathCommand(parsed)).toBe('mail from:<a@example.com> SIZE=7');
  });
});
