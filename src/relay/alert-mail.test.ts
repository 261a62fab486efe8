import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import type { SendAs } from '../core/send-as.ts';
import { mime } from '../mime/mime.ts';
import { sendAlertMail, type AlertMail } from './alert-mail.ts';
import type { Policy } from './policy.ts';
import type { NewDelivery, StoredMessage } from './ports.ts';

const ops = address('ops@contoso.com');
const gateway = address('gateway@contoso.com');
const now = Date.UTC(2026, 10, 22, 14);

function policyOf(sendAs: SendAs): Policy {
  const from = { force: 'always', address: address('forced@contoso.com') } as const;
  const shared = { defaults: [], replyTo: 'never' } as const;
  return {
    from: { ...from, ...shared },
    rules: [],
    fallback: { name: 'default', action: { kind: 'drop' }, bcc: [] },
    needsContent: false,
    connections: new Map([
      [
        'main',
        {
          name: 'main',
          laneIdentity: { kind: 'connection', name: 'main' },
          laneConcurrency: 4,
          sendAs,
          saveToSentItems: false,
          transport: {
            maxMessageBytes: 1_000_000,
            send: () => Promise.reject(new Error('unused')),
          },
        },
      ],
    ]),
  };
}

async function send(mail: Partial<AlertMail> = {}, sendAs: SendAs = { kind: 'from' }) {
  const committed: { message: StoredMessage; deliveries: readonly NewDelivery[] }[] = [];
  const pieces: Uint8Array[] = [];
  const body = {
    sizeBytes: 0,
    write: async (piece: Uint8Array) => void pieces.push(piece.slice()),
    content: () => ({ sizeBytes: 0, async *read() {} }),
    discard: () => Promise.resolve(),
  };
  await sendAlertMail(
    { to: ops, via: 'main', subject: 'relay: Übel', text: 'Zeile 1\n.\nЖ'.repeat(30), ...mail },
    {
      store: {
        createBody: () => body,
        commit: async (message, deliveries) => {
          committed.push({ message, deliveries });
          return true;
        },
      },
      ...{ mime, now, policy: policyOf(sendAs), hostname: 'relay.example.com', id: 'q1' },
    },
  );
  const parsed = await simpleParser(Buffer.concat(pieces));
  return { ...committed[0], parsed, sizeBytes: Buffer.concat(pieces).length };
}

describe('sendAlertMail()', () => {
  test('puts a message into the queue that reads back as it was given', async () => {
    const { message, deliveries, parsed, sizeBytes } = await send();
    expect(parsed.subject).toBe('relay: Übel');
    expect(parsed.text?.replaceAll('\r\n', '\n').trim()).toBe('Zeile 1\n.\nЖ'.repeat(30));
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
    expect(parsed.messageId).toBe('<q1@relay.example.com>');
    expect(message).toMatchObject({
      id: 'q1',
      sizeBytes,
      isReport: true,
      client: { name: 'alerts' },
    });
    expect(message?.envelope).toEqual({ reversePath: null, forwardPaths: [ops], smtpUtf8: false });
    expect(deliveries).toMatchObject([
      { id: 'q1-1', connection: 'main', state: 'ready', dueAt: now },
    ]);
  });

  test.each<[string, Partial<AlertMail>, SendAs, string]>([
    ['whom it is to', {}, { kind: 'from' }, ops],
    ['the mailbox of the connection', {}, { kind: 'mailbox', mailbox: gateway }, gateway],
    ['whom the configuration says', { from: gateway }, { kind: 'mailbox', mailbox: ops }, gateway],
  ])('is from %s', async (_name, mail, sendAs, from) => {
    const { message, parsed } = await send(mail, sendAs);
    expect(parsed.from?.value).toMatchObject([{ address: from, name: 'Graphpost' }]);
    expect(message?.from).toBe(from);
  });

  test('says so when its connection is gone', async () => {
    await expect(send({ via: 'gone' })).rejects.toThrow('There is no connection "gone"');
  });
});
