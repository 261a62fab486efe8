import { describe, expect, test } from 'vitest';
import { lines } from '../../test/support/content.ts';
import type { MessageOutline, MessagePart } from '../core/outline.ts';
import { readHeader } from '../mime/header-facts.ts';
import { toJsonMessage } from './json-message.ts';

const body: MessagePart = {
  contentType: 'text/html',
  charset: 'utf-8',
  encoding: 'identity',
  name: '',
  contentId: '',
  isInline: false,
  headerStart: 0,
  start: 0,
  end: 0,
  decodedBytes: 0,
  jsonBytes: 0,
};

function outlineOf(...fields: readonly string[]): MessageOutline {
  const header = readHeader(Buffer.from(lines(...fields, ''), 'utf8'));
  return { sizeBytes: 0, header, integrity: 'free', parts: [], body, files: [], losses: [] };
}

const submission = { deliveryId: 'd1-1', messageId: '<1@contoso.com>' };

function json(...fields: readonly string[]): Record<string, unknown> {
  return toJsonMessage(outlineOf(...fields), { submission, text: '<p>', headersByName: true });
}

describe('toJsonMessage()', () => {
  test('has mailboxes with and without names, the text, and the id of the delivery', () => {
    const fields = [
      'From: =?utf-8?Q?J=C3=B6rg?= <j@contoso.com>',
      'To: a@example.com, "B, B" <b@example.com>',
      'Reply-To: desk@contoso.com',
      'Subject: Hi',
    ];
    expect(json(...fields)).toMatchObject({
      subject: 'Hi',
      body: { contentType: 'html', content: '<p>' },
      from: { emailAddress: { name: 'Jörg', address: 'j@contoso.com' } },
      toRecipients: [
        { emailAddress: { address: 'a@example.com' } },
        { emailAddress: { name: 'B, B', address: 'b@example.com' } },
      ],
      ccRecipients: [],
      bccRecipients: [],
      replyTo: [{ emailAddress: { address: 'desk@contoso.com' } }],
      internetMessageId: '<1@contoso.com>',
      singleValueExtendedProperties: [
        { id: expect.stringMatching(/^String \{.*\} Name GraphpostDelivery$/), value: 'd1-1' },
      ],
    });
  });

  test('writes domains as A-labels', () => {
    expect(json('To: a@Bücher.example')).toMatchObject({
      toRecipients: [{ emailAddress: { address: 'a@xn--bcher-kva.example' } }],
    });
  });

  test('is text, and empty, for a message without a body', () => {
    const { body: _body, ...outline } = outlineOf('Subject: Hi');
    expect(toJsonMessage(outline, { submission, text: '', headersByName: true })).toMatchObject({
      body: { contentType: 'text', content: '' },
    });
  });

  test.each([
    ['Importance: High', 'high'],
    ['Importance: low', 'low'],
    ['X-MSMail-Priority: High', 'high'],
    ['X-Priority: 1 (Highest)', 'high'],
    ['X-Priority: 2', 'high'],
    ['X-Priority: 3', 'normal'],
    ['X-Priority: 5', 'low'],
    ['Priority: urgent', 'high'],
    ['Priority: non-urgent', 'low'],
    ['Subject: Hi', 'normal'],
  ])('reads %s as importance %s', (field, importance) => {
    expect(json(field)).toMatchObject({ importance });
  });

  test('asks for the receipts that the header asks for', () => {
    expect(json('Disposition-Notification-To: a@contoso.com')).toMatchObject({
      isReadReceiptRequested: true,
      isDeliveryReceiptRequested: false,
    });
    expect(json('Return-Receipt-To: a@contoso.com')).toMatchObject({
      isReadReceiptRequested: false,
      isDeliveryReceiptRequested: true,
    });
  });

  test('threads by both names that Exchange has for the fields', () => {
    const { singleValueExtendedProperties } = json('In-Reply-To: <0@a>', 'References: <0@a> <1@a>');
    const named = 'String {00020386-0000-0000-C000-000000000046} Name';
    expect(singleValueExtendedProperties).toEqual([
      expect.objectContaining({ value: 'd1-1' }),
      { id: `${named} In-Reply-To`, value: '<0@a>' },
      { id: 'String 0x1042', value: '<0@a>' },
      { id: `${named} References`, value: '<0@a> <1@a>' },
      { id: 'String 0x1039', value: '<0@a> <1@a>' },
    ]);
  });

  test('has no list of fields when there is none to send by name', () => {
    expect(json('Subject: Hi')).not.toHaveProperty('internetMessageHeaders');
  });
});
