import { describe, expect, test } from 'vitest';
import { createSettings } from './import-settings.ts';

describe('createSettings()', () => {
  test.each([
    ['a text', 'a text'],
    [' ', undefined],
    [5, '5'],
    [true, 'true'],
    [null, undefined],
    [['a'], undefined],
    [{ a: 1 }, undefined],
  ])('reads %j as the text %j', (value, expected) => {
    expect(createSettings({ value }).text('value')).toBe(expected);
  });

  test.each([
    [25, 25],
    ['25', 25],
    ['', undefined],
    ['x', undefined],
    [true, undefined],
  ])('reads %j as the number %j', (value, expected) => {
    expect(createSettings({ value }).number('value')).toBe(expected);
  });

  test.each([
    [25, 25],
    ['25', 25],
    [0, undefined],
    [-1, undefined],
    [2.5, undefined],
    [1e300, undefined],
  ])('reads %j as the count %j', (value, expected) => {
    expect(createSettings({ value }).count('value')).toBe(expected);
  });

  test.each([
    [true, true],
    ['yes', true],
    ['1', true],
    [1, true],
    ['no', false],
    ['', undefined],
    [null, undefined],
  ])('reads %j as the flag %j', (value, expected) => {
    expect(createSettings({ value }).flag('value')).toBe(expected);
  });

  test('goes into lists and blocks, and into nothing that the language has by itself', () => {
    const settings = createSettings({ users: [{ name: 'erp' }] });
    expect(settings.keys('users')).toEqual(['0']);
    expect(settings.text('users', 0, 'name')).toBe('erp');
    expect(settings.has('constructor')).toBe(false);
    expect(settings.has('users', 'length', 'x')).toBe(false);
  });

  test('knows what was not read, by the first name of which nothing was', () => {
    const settings = createSettings({
      send: { mailbox: 'a@b.example', retry: { limit: 3, wait: 5 } },
      log: { level: 'debug' },
      proxy: { host: 'x', port: 1 },
      nothing: '',
      empty: [],
    });
    settings.text('send', 'mailbox');
    settings.number('send', 'retry', 'limit');
    settings.ignore('proxy');
    expect(settings.unread()).toEqual(['send.retry.wait', 'log']);
  });

  test('counts what has another type than it should have as not read', () => {
    const settings = createSettings({ port: 'many' });
    expect(settings.number('port')).toBeUndefined();
    expect(settings.unread()).toEqual(['port']);
  });
});
