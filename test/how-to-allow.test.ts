// Whatever is advised to let a client in is taken by the configuration, and allows what was refused.
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { howToAllow } from '../src/http/how-to-allow.ts';
import { configFile } from '../src/config/schema/config-file.ts';

const base = { at: 0, listener: 'apps', stage: 'mail', reply: '550' } as const;

describe('howToAllow()', () => {
  test.each([
    [
      'an address that is no client, by an entry for it and what it sends as',
      { reason: 'unknownClient', diagnostic: 'No client', sender: 'scan@contoso.com' },
      {
        clients: [
          { name: 'client-2001-db8-5', networks: ['2001:db8::5'], senders: ['scan@contoso.com'] },
        ],
      },
    ],
    [
      'one that sent the null reverse-path, with a pattern to fill in',
      { reason: 'unknownClient', diagnostic: 'No client', sender: '' },
      {
        clients: [
          { name: 'client-2001-db8-5', networks: ['2001:db8::5'], senders: ['*@example.com'] },
        ],
      },
    ],
    [
      'one whose address would be a pattern, with one to fill in',
      { reason: 'unknownClient', diagnostic: 'No client', sender: '*@contoso.com' },
      {
        clients: [
          { name: 'client-2001-db8-5', networks: ['2001:db8::5'], senders: ['*@example.com'] },
        ],
      },
    ],
    [
      'one that has to log in',
      { reason: 'loginRequired', diagnostic: 'Log in', sender: 'a@b.org' },
      { clients: [{ name: 'client-2001-db8-5', networks: ['2001:db8::5'], senders: ['a@b.org'] }] },
    ],
    [
      'a sender that is not among those of its client',
      {
        reason: 'senderNotAllowed',
        client: 'erp',
        diagnostic:
          'Client "erp" may not send with From "other@contoso.com": it is not among the senders of that client',
      },
      { clients: [{ name: 'erp', senders: ['other@contoso.com'] }] },
    ],
    [
      'a login from another place',
      {
        reason: 'unknownClient',
        diagnostic:
          'The client that logs in as "erp" may not send from 2001:db8::5: allow it under clients, in its networks',
      },
      { clients: [{ login: { username: 'erp' }, networks: ['2001:db8::5'] }] },
    ],
    [
      'too many recipients',
      { reason: 'tooManyRecipients', client: 'erp', diagnostic: 'Too many' },
      { clients: [{ name: 'erp', limits: { recipientsPerMessage: 500 } }] },
    ],
    [
      'a large message',
      { reason: 'tooLarge', diagnostic: 'x' },
      { limits: { messageSize: '100MB' } },
    ],
    [
      'mail in clear',
      { reason: 'tlsRequired', diagnostic: 'x' },
      { listeners: [{ name: 'apps', tls: 'optional' }] },
    ],
  ] as const)('lets in %s', (_name, refusal, expected) => {
    const advice = howToAllow('2001:db8::5', { ...base, ...refusal });
    expect(advice?.text).toMatch(/^[A-Z].*[^.]$/);
    const file: unknown = parse(advice?.yaml ?? '');
    expect(file).toEqual(expected);
    const { issues = [] } = configFile.partial().safeParse(file).error ?? {};
    // A part of an entry goes into the one that is there.
    const faults = issues.filter(({ message }) => !message.endsWith('received undefined'));
    expect(faults).toEqual([]);
  });

  test.each([
    ['badCredentials', 'erp', '"erp"'],
    ['badCredentials', undefined, 'use TLS'],
    ['rateLimited', undefined, 'limit that the cause names'],
    ['routing', undefined, 'graphpost explain'],
  ] as const)('of %s (login %s) says %j, and no YAML', (reason, username, words) => {
    const login = username === undefined ? {} : { username };
    const refusal = { ...base, reason, diagnostic: 'A login in clear: use TLS', ...login };
    expect(howToAllow('10.0.0.5', refusal)).toEqual({ text: expect.stringContaining(words) });
  });

  test.each(['store', 'timeout', 'shutdown', 'nextHop', 'internal'] as const)(
    'has nothing to allow after %s',
    (reason) => {
      expect(howToAllow('10.0.0.5', { ...base, reason, diagnostic: 'x' })).toBeUndefined();
    },
  );
});
