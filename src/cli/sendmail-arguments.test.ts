import { describe, expect, test } from 'vitest';
import { readArguments } from './sendmail-arguments.ts';
import { findServer } from './sendmail-server.ts';
import { sendmailWords } from './sendmail-words.ts';

const usual = {
  recipients: [],
  readsRecipients: false,
  ignoresDots: false,
  mode: 'm',
  wantsHelp: false,
};

describe('readArguments()', () => {
  test.each<[string, object]>([
    ['-t', { readsRecipients: true }],
    ['-ti', { readsRecipients: true, ignoresDots: true }],
    ['-oi -odb -oem -oee', { ignoresDots: true }],
    ['-fa@b.c d@e.f', { sender: 'a@b.c', recipients: ['d@e.f'] }],
    ['-f a@b.c', { sender: 'a@b.c' }],
    ['-r <>', { sender: '<>' }],
    ['-tf a@b.c', { readsRecipients: true, sender: 'a@b.c' }],
    ['-FCron', { fullName: 'Cron' }],
    ['-B 8BITMIME -bm -q30m -U -v -G x', { recipients: ['x'] }],
    [
      '-N success,failure -R hdrs -V id',
      { notify: ['SUCCESS', 'FAILURE'], returns: 'HDRS', envelopeId: 'id' },
    ],
    ['-bp', { mode: 'p' }],
    ['a -i b -- -c', { ignoresDots: true, recipients: ['a', 'b', '-c'] }],
    ['-C file --smtp=host:25', { config: 'file', smtp: 'host:25' }],
    ['--config file --smtp host:25', { config: 'file', smtp: 'host:25' }],
    ['--unknown a', { recipients: ['a'] }],
    ['--help', { wantsHelp: true }],
  ])('of "%s"', (words, expected) => {
    expect(readArguments(words.split(' '))).toEqual({ ...usual, ...expected });
  });

  test.each(['-N bogus', '-N never,success'])('refuses %s', (words) => {
    expect(readArguments(words.split(' '))).toMatch(/^-N is never, or some of/);
  });

  test.each(['-f', '-F', '--smtp', '-ti -N'])('says that "%s" lacks a value', (words) => {
    expect(readArguments(words.split(' '))).toMatch(/^--?\w+ needs a value$/);
  });
});

describe('findServer()', () => {
  const io = { env: {}, cwd: '/', hostname: 'web1.example.com' };
  test.each([
    ['relay:2525', { host: 'relay', port: 2525, implicitTls: false }],
    ['[::1]:2525', { host: '::1', port: 2525 }],
    ['smtp://relay', { host: 'relay', port: 25 }],
    [
      'smtps://us%40er:p%3Ass@relay',
      { port: 465, implicitTls: true, login: { username: 'us@er', password: 'p:ss' } },
    ],
    ['smtp://u:100%@relay', { login: { username: 'u', password: '100%' } }],
  ])('reads %s', (text, expected) => {
    expect(findServer({}, { ...io, env: { GRAPHPOST_SMTP: text } })).toMatchObject(expected);
    expect(findServer({ smtp: text }, io)).toMatchObject(expected);
  });

  test('shows nothing of what is no address', () => {
    const { fault } = { fault: '', ...findServer({ smtp: 'http://user:hidden@relay' }, io) };
    expect(fault).toMatch(/^The address of the listener is none/);
    expect(fault).not.toContain('hidden');
  });

  test('takes the usual listener where there is no configuration', () => {
    expect(findServer({}, io)).toMatchObject({ host: '127.0.0.1', port: 2525 });
    expect(findServer({ config: '/none.yaml' }, io)).toHaveProperty('fault');
  });
});

test.each([
  [['node', '/app/dist/main.js', 'sendmail', '-t'], ['-t']],
  [['node', '/usr/sbin/sendmail', '-t'], ['-t']],
  [['node', '/app/dist/main.js', 'queue', 'sendmail'], undefined],
])('sendmailWords() of %j', (argv, words) => {
  expect(sendmailWords(argv)).toEqual(words);
});
