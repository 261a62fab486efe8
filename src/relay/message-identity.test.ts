import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { factsOf, field } from '../../test/support/header-model.ts';
import { openIdentity, type IdentityParts } from './message-identity.ts';
import { StoreError, type Digest } from './ports.ts';

const header = [field('Date', 'Sun, 22 Nov 2026 12:00:00 +0000'), field('Subject', 'Alarm')];
const bytes = new TextEncoder();

function createDigest(): Digest {
  const hash = createHash('sha256');
  return { update: (piece) => void hash.update(piece), end: () => hash.digest('base64') };
}

interface Given {
  readonly messageId?: string;
  readonly fields?: readonly ReturnType<typeof field>[];
  readonly earlier?: () => Promise<readonly string[]>;
  readonly body?: readonly string[];
}

async function identify({
  messageId = '<1@device>',
  fields = header,
  earlier = async () => [],
  body = ['Hello'],
}: Given = {}) {
  const faults: unknown[] = [];
  const parts: IdentityParts = {
    store: { bodyDigestsOf: earlier },
    events: { fault: ({ error }) => faults.push(error) },
    hostname: 'relay.example.com',
    createDigest,
  };
  const facts = factsOf(fields);
  const arrival = { id: 'q1', header: new Uint8Array(), facts, fromWasMissing: false, messageId };
  const reading = openIdentity(arrival, parts);
  for (const piece of body) reading.update(bytes.encode(piece));
  return { ...(await reading.end()), faults };
}

async function digestOf(given: Given = {}): Promise<string> {
  return (await identify(given)).bodyDigest ?? '';
}

describe('openIdentity()', () => {
  test('leaves a Message-ID alone that nobody used before', async () => {
    expect(await identify()).toEqual({
      messageId: '<1@device>',
      bodyDigest: expect.stringMatching(/^[\w+/]{43}=$/),
      faults: [],
    });
  });

  test('leaves it alone where the client repeats the message, in whatever pieces', async () => {
    const earlier = await digestOf();
    const repeated = await identify({ earlier: async () => [earlier], body: ['He', 'llo'] });
    expect(repeated).toEqual({ messageId: '<1@device>', bodyDigest: earlier, faults: [] });
  });

  test.each<[string, Given]>([
    ['body', { body: ['Good-bye'] }],
    ['Subject', { fields: header.slice(0, 1) }],
    ['Date', { fields: header.slice(1) }],
  ])('replaces it where the client gives it to mail with another %s', async (_, other) => {
    const earlier = await digestOf();
    expect(await identify({ ...other, earlier: async () => [earlier] })).toEqual({
      messageId: '<q1@relay.example.com>',
      bodyDigest: await digestOf(other),
      reusedMessageId: '<1@device>',
      faults: [],
    });
  });

  test('asks nothing of a Message-ID that was made here', async () => {
    const asked: string[] = [];
    const earlier = async () => (asked.push('store'), []);
    expect(await identify({ messageId: '<q1@relay.example.com>', earlier })).toEqual({
      messageId: '<q1@relay.example.com>',
      faults: [],
    });
    expect(asked).toEqual([]);
  });

  test('takes a Message-ID for new when the store cannot tell, and says so', async () => {
    const away = new StoreError('away', 'The store is away');
    const earlier = async () => await Promise.reject(away);
    expect(await identify({ earlier })).toMatchObject({ messageId: '<1@device>', faults: [away] });
  });
});
