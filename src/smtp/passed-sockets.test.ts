import { expect, test } from 'vitest';
import { readPassedSockets } from './passed-sockets.ts';

const listeners = ['apps', 'printers'];

function read(env: Readonly<Record<string, string>>) {
  return readPassedSockets({ env, pid: 42, listeners });
}

test('readPassedSockets() counts descriptors from 3, by their names', () => {
  const env = { LISTEN_PID: '42', LISTEN_FDS: '2', LISTEN_FDNAMES: 'printers:apps' };
  expect(read(env)).toEqual(
    new Map([
      ['printers', 3],
      ['apps', 4],
    ]),
  );
});

test.each([
  ['nothing was passed', {}],
  ['they are for another process', { LISTEN_PID: '41', LISTEN_FDS: '1', LISTEN_FDNAMES: 'apps' }],
])('readPassedSockets() finds none where %s', (_, env) => {
  expect(read(env)).toEqual(new Map());
});

test.each([
  ['graphpost.socket', 'FileDescriptorName=graphpost.socket, which no listener is'],
  ['apps:apps', 'FileDescriptorName=apps twice: a listener takes one'],
])('readPassedSockets() refuses %s', (names, sentence) => {
  const count = String(names.split(':').length);
  expect(() => read({ LISTEN_PID: '42', LISTEN_FDS: count, LISTEN_FDNAMES: names })).toThrow(
    sentence,
  );
});
