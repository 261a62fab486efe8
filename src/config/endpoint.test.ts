import { describe, expect, test } from 'vitest';
import { formatEndpoint, isLoopback, parseEndpoint } from './endpoint.ts';

describe('parseEndpoint()', () => {
  test.each([
    ['127.0.0.1:2525', { host: '127.0.0.1', port: 2525 }],
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
    ['[::1]:25', { host: '::1', port: 25 }],
    ['localhost:65535', { host: 'localhost', port: 65_535 }],
    ['relay.example.com:25', { host: 'relay.example.com', port: 25 }],
  ])('reads %s, and formatEndpoint() writes it', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
    expect(formatEndpoint(endpoint)).toBe(text);
  });

  test.each([
    '',
    '2525',
    ':2525',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '::1:25',
    '[::1]',
    '[127.0.0.1]:25',
    '300.0.0.1:25',
    '10.0.0:25',
    'a b:25',
    'http://x:25',
  ])('refuses %j', (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['LOCALHOST', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['localhost.example.com', false],
])('isLoopback() of %s is %s', (host, expected) => {
  expect(isLoopback({ host, port: 25 })).toBe(expected);
});
