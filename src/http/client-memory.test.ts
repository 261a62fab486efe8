import { describe, expect, test } from 'vitest';
import { fakeMessage } from '../../test/support/fake-queue.ts';
import { ClientMemory, maxClientsSeen } from './client-memory.ts';
import { viewClients } from './clients-view.ts';

const now = Date.UTC(2026, 10, 22, 12);
const listener = 'apps';
const stranger = {
  listener,
  ip: '10.0.0.5',
  stage: 'mail',
  reason: 'unknownClient',
  status: '5.7.1',
  reply: '550 5.7.1 10.0.0.5 may not send mail here',
  diagnostic: 'No client without a login has the address 10.0.0.5',
  sender: 'scanner@contoso.com',
} as const;

function acceptedFrom(ip: string, login?: string) {
  const { message } = fakeMessage({ id: 'q1', receivedAt: now });
  const client = { ...message.client, ip, tls: true, ...(login !== undefined && { login }) };
  return { message: { ...message, client }, forwardPaths: [], routes: [], durationMs: 5 };
}

describe('ClientMemory', () => {
  test('tells of an address when it came first and last, its last mail and its last refusal', () => {
    const memory = new ClientMemory();
    memory.connectionOpened({ listener, ip: '10.0.0.5' }, now);
    memory.refused(stranger, now + 1_000);
    memory.accepted(acceptedFrom('10.0.0.5', 'erp-login'), now + 2_000);
    expect(viewClients(memory)).toEqual([
      {
        ip: '10.0.0.5',
        clients: ['erp'],
        listener,
        firstSeenAt: '2026-11-22T12:00:00.000Z',
        lastSeenAt: '2026-11-22T12:00:02.000Z',
        tls: true,
        login: 'erp-login',
        lastAccepted: { at: '2026-11-22T12:00:02.000Z', id: 'q1', client: 'erp' },
        lastRefusal: {
          ...{ at: '2026-11-22T12:00:01.000Z', listener, stage: 'mail', reason: 'unknownClient' },
          ...{ reply: stranger.reply, cause: stranger.diagnostic, sender: 'scanner@contoso.com' },
          isOver: true,
          advice: expect.anything(),
        },
      },
    ]);
  });

  test.each(['badCredentials', 'locked', 'error'] as const)(
    'takes a login that ended as %s for a refusal, and a good one for none',
    (result) => {
      const memory = new ClientMemory();
      const login = { listener, ip: '10.0.0.5', mechanism: 'PLAIN', username: 'erp' };
      memory.loginAttempted({ ...login, result: 'success' }, now);
      expect(viewClients(memory)).toEqual([]);
      memory.loginAttempted({ ...login, result }, now);
      expect(viewClients(memory)).toMatchObject([
        { lastRefusal: { stage: 'auth', reason: 'badCredentials', isOver: false } },
      ]);
    },
  );

  test('takes mail that the gateway writes itself for nobody’s', () => {
    const memory = new ClientMemory();
    const { message, ...event } = acceptedFrom('127.0.0.1');
    const client = { ...message.client, listener: '' };
    memory.accepted({ ...event, message: { ...message, client } }, now);
    expect(viewClients(memory)).toEqual([]);
  });

  test('names the clients of an address once, latest first', () => {
    const memory = new ClientMemory();
    for (const client of ['erp', 'shop', 'erp']) memory.refused({ ...stranger, client }, now);
    expect(viewClients(memory)).toMatchObject([{ clients: ['erp', 'shop'] }]);
  });

  test('forgets who was seen longest ago', () => {
    const memory = new ClientMemory();
    const open = (index: number) =>
      memory.connectionOpened({ listener, ip: `10.0.${index >> 8}.${index & 255}` }, now + index);
    for (let index = 0; index < maxClientsSeen; index++) open(index);
    open(0);
    open(maxClientsSeen);
    const seen = viewClients(memory).map(({ ip }) => ip);
    expect(seen).toHaveLength(maxClientsSeen);
    expect(seen.slice(0, 2)).toEqual(['10.0.1.244', '10.0.0.0']);
    expect(seen).not.toContain('10.0.0.1');
  });
});
