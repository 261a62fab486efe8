import { describe, expect, test } from 'vitest';
import type { ClientConfig } from '../config/config.ts';
import { parseAddressPattern } from '../core/address.ts';
import { formatTryLine, senderHere } from './try-line.ts';

function client(change: Partial<ClientConfig> & { readonly sender: string }): ClientConfig {
  const pattern = parseAddressPattern(change.sender);
  return {
    name: 'apps',
    senders: pattern ? [pattern] : [],
    recipients: [],
    recipientsPerMessage: 500,
    ...change,
  } as ClientConfig;
}

const here = { has: (ip: string) => ip.startsWith('127.') };
const elsewhere = { has: () => false };

describe('senderHere()', () => {
  test.each([
    ['any', [client({ sender: '*', networks: here })], 'app@example.com'],
    ['any of a domain', [client({ sender: '*@contoso.com' })], 'app@contoso.com'],
    ['one', [client({ sender: 'shop@contoso.com', networks: here })], 'shop@contoso.com'],
    ['nobody from elsewhere', [client({ sender: '*', networks: elsewhere })], undefined],
    ['nobody who has to log in', [client({ sender: '*', username: 'shop' })], undefined],
  ])('takes %s', (_, clients, sender) => {
    expect(senderHere(clients)).toBe(sender);
  });
});

describe('formatTryLine()', () => {
  test('is one line for a shell, with brackets around IPv6', () => {
    expect(formatTryLine({ host: '::1', port: 2525 }, 'app@example.com')).toBe(
      `printf 'From: app@example.com\\nSubject: Hello\\n\\nIt works.\\n' | curl -sS smtp://[::1]:2525 --mail-from app@example.com --mail-rcpt you@example.com -T -`,
    );
  });
});
