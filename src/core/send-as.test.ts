import { describe, expect, test } from 'vitest';
import { address, pattern } from '../../test/support/addresses.ts';
import { resolveSendAs, type SendAs } from './send-as.ts';

const map: SendAs = {
  kind: 'map',
  entries: [
    { from: pattern('news@contoso.com'), sendAs: address('relay@contoso.com') },
    { from: pattern('*@contoso.com'), sendAs: 'from' },
    { from: pattern('*'), sendAs: address('other@contoso.com') },
  ],
};

describe('resolveSendAs()', () => {
  test.each<[string, SendAs, string, string]>([
    ['from', { kind: 'from' }, 'app@contoso.com', 'app@contoso.com'],
    [
      'one mailbox',
      { kind: 'mailbox', mailbox: address('m@contoso.com') },
      'a@b.com',
      'm@contoso.com',
    ],
    ['a map, first pattern', map, 'News@contoso.com', 'relay@contoso.com'],
    ['a map, "from"', map, 'app@contoso.com', 'app@contoso.com'],
    ['a map, the last', map, 'app@fabrikam.com', 'other@contoso.com'],
    ['a map that says nothing', { kind: 'map', entries: [] }, 'a@b.com', 'a@b.com'],
  ])('takes %s', (_, sendAs, from, expected) => {
    expect(resolveSendAs(sendAs, address(from))).toBe(expected);
  });
});
