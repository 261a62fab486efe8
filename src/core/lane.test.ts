import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { laneOf, type LaneIdentity } from './lane.ts';

const app = {
  kind: 'graph',
  authority: 'https://login.microsoftonline.com',
  tenant: 'Contoso.onmicrosoft.com',
  clientId: '01234567-89AB-cdef-0123-456789abcdef',
} as const satisfies LaneIdentity;
const mailbox = address('relay@contoso.com');

describe('laneOf()', () => {
  test('is one for one app on one mailbox, whatever the case', () => {
    const sameApp = {
      ...app,
      tenant: 'contoso.ONMICROSOFT.com',
      clientId: app.clientId.toLowerCase(),
    };
    expect(laneOf(sameApp, address('Relay@contoso.com'))).toBe(laneOf(app, mailbox));
  });

  test.each([
    ['cloud', { ...app, authority: 'https://login.microsoftonline.us' }, mailbox],
    ['tenant', { ...app, tenant: 'fabrikam.onmicrosoft.com' }, mailbox],
    ['app', { ...app, clientId: 'fedcba98-89ab-cdef-0123-456789abcdef' }, mailbox],
    ['mailbox', app, address('other@contoso.com')],
  ])('is another for another %s', (_, identity, sendAs) => {
    expect(laneOf(identity, sendAs)).not.toBe(laneOf(app, mailbox));
  });

  test('is the connection where there is no app, whatever the mailbox', () => {
    const smarthost = { kind: 'connection', name: 'smarthost' } as const;
    expect(laneOf(smarthost, mailbox)).toBe(laneOf(smarthost, address('other@contoso.com')));
    expect(laneOf(smarthost, mailbox)).not.toBe(laneOf({ ...smarthost, name: 'other' }, mailbox));
    expect(laneOf(smarthost, mailbox)).not.toBe(laneOf(app, mailbox));
  });
});
