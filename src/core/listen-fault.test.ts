import { describe, expect, test } from 'vitest';
import { listenFault } from './listen-fault.ts';

function failure(code: string): Error {
  return Object.assign(new Error(`listen ${code}`), { code });
}

describe('listenFault()', () => {
  test.each([
    [
      '127.0.0.1',
      'EADDRINUSE',
      '127.0.0.1:25: the port is in use: stop what listens there, or choose another',
    ],
    ['::1', 'EACCES', '[::1]:25: the port needs a privilege: choose one from 1024'],
    ['relay', 'ENOTFOUND', 'relay:25: the host name is unknown'],
    ['relay', 'EWHATEVER', 'relay:25: listen EWHATEVER'],
  ])('of %s says for %s: %s', (host, code, said) => {
    expect(listenFault(failure(code), { host, port: 25 })).toBe(`Cannot listen on ${said}`);
  });

  test('takes what is no error', () => {
    expect(listenFault('no', { host: 'a', port: 1 })).toBe('Cannot listen on a:1: unknown trouble');
  });
});
