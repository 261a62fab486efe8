import { describe, expect, test } from 'vitest';
import { lines } from '../../test/support/content.ts';
import type { HeaderFacts } from '../core/message.ts';
import { readHeader } from '../mime/header-facts.ts';
import { droppedFields } from './fidelity.ts';
import { carryFields } from './json-fields.ts';

function headerOf(...fields: readonly string[]): HeaderFacts {
  return readHeader(Buffer.from(lines(...fields, '')));
}

const usual = [
  'From: a@contoso.com',
  'To: b@example.com',
  'Cc: c@example.com',
  'Bcc: d@example.com',
  'Reply-To: e@contoso.com',
  'Subject: Hi',
  'Message-ID: <1@contoso.com>',
  'Importance: high',
  'X-Priority: 1',
  'Disposition-Notification-To: a@contoso.com',
  'MIME-Version: 1.0',
  'Content-Type: text/plain',
  'Received: from a by b',
  'DKIM-Signature: v=1',
];

describe('carryFields()', () => {
  test('carries no field that has a property of its own, and drops none of them', () => {
    expect(carryFields(headerOf(...usual), { headersByName: true })).toEqual({
      headers: [],
      properties: [],
      dropped: [],
    });
  });

  test('names the first five X- fields, and makes properties of the rest', () => {
    const names = ['X-1', 'X-2', 'X-3', 'X-4', 'X-5', 'X-6', 'List-Unsubscribe'];
    const header = headerOf(...names.map((name) => `${name}: v`));
    const { headers, properties, dropped } = carryFields(header, { headersByName: true });
    expect(headers.map(({ name }) => name)).toEqual(names.slice(0, 5));
    expect(properties.map(({ id }) => id.replace(/.* Name /, ''))).toEqual(names.slice(5));
    expect(dropped).toEqual([]);
  });

  test('makes properties of all fields for a Graph that refuses names', () => {
    const header = headerOf('X-1: v', 'X-2: v');
    const { headers, properties } = carryFields(header, { headersByName: false });
    expect(headers).toEqual([]);
    expect(properties).toHaveLength(2);
  });

  test('drops what has no place: a second field of a name, no value, letters beyond ASCII', () => {
    const header = headerOf('List-Id: a', 'list-id: b', 'X-Empty:', 'X-Ü: v', 'Date: today');
    const { properties, dropped } = carryFields(header, { headersByName: true });
    expect(properties).toEqual([expect.objectContaining({ value: 'a' })]);
    expect(dropped).toEqual(['Date', 'list-id', 'X-Empty', expect.stringMatching(/^X-./)]);
  });

  test('decodes values', () => {
    const header = headerOf('X-Name: =?utf-8?Q?=C3=A9?=');
    expect(carryFields(header, { headersByName: true }).headers).toEqual([
      { name: 'X-Name', value: 'é' },
    ]);
  });
});

describe('droppedFields()', () => {
  const header = headerOf(
    ...usual,
    'Date: today',
    'X-App: shop',
    'Auto-Submitted: yes',
    'x-app: 2',
  );

  test('lists for MIME what Exchange knows no name for, each once', () => {
    expect(droppedFields(header, 'mime')).toEqual(['X-App', 'Auto-Submitted']);
  });

  test.each(['json', 'draft'] as const)('lists for %s what it writes over', (transport) => {
    expect(droppedFields(header, transport)).toEqual(['Date']);
  });
});
