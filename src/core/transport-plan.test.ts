import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHeader } from '../mime/header-facts.ts';
import { base64Length, bytesWithin } from './base64-length.ts';
import type { Integrity, MessageOutline, MessagePart } from './outline.ts';
import {
  planBySize,
  planTransport,
  type TransportCapabilities,
  type TransportFacts,
} from './transport-plan.ts';

const header = readHeader(Buffer.from('Subject: hi\r\n\r\n'));

function partOf(changes: Partial<MessagePart> = {}): MessagePart {
  return {
    contentType: 'text/plain',
    charset: 'utf-8',
    encoding: 'identity',
    name: '',
    contentId: '',
    isInline: false,
    headerStart: 0,
    start: 0,
    end: 0,
    decodedBytes: 1_000,
    jsonBytes: 1_000,
    ...changes,
  };
}

function outlineOf(changes: Partial<MessageOutline> = {}): MessageOutline {
  return {
    sizeBytes: small.sizeBytes,
    header,
    integrity: 'free',
    parts: [],
    body: partOf(),
    files: [],
    losses: [],
    ...changes,
  };
}

const capabilities: TransportCapabilities = {
  requestLimitBytes: 4_000_000,
  largeMessages: true,
  maxMessageBytes: 205_000_000,
};
const small = { sizeBytes: 3_000_000, saveToSentItems: true };
const large = { sizeBytes: 3_000_001, saveToSentItems: true };

interface Case extends Partial<TransportFacts> {
  readonly outline?: Partial<MessageOutline>;
  readonly capabilities?: Partial<TransportCapabilities>;
}

function plan({ outline, capabilities: changed, ...facts }: Case) {
  return planTransport(
    {
      ...small,
      ...facts,
      outline: outlineOf({ sizeBytes: facts.sizeBytes ?? small.sizeBytes, ...outline }),
    },
    { ...capabilities, ...changed },
  );
}

const lossy = { losses: ['the plain text beside the HTML'] };
const refusedMime = (cause: 'tooLarge' | 'unreadable') => [{ transport: 'mime', cause } as const];

describe('planBySize()', () => {
  test('takes MIME while its base64 fits, and a copy is wanted', () => {
    expect(planBySize(small, capabilities)).toMatchObject({ transport: 'mime' });
    expect(planBySize(large, capabilities)).toBeUndefined();
    expect(planBySize({ ...small, saveToSentItems: false }, capabilities)).toBeUndefined();
    expect(
      planBySize({ ...small, refusals: refusedMime('tooLarge') }, capabilities),
    ).toBeUndefined();
  });
});

describe('planTransport()', () => {
  test.each<[string, Case, string, string]>([
    ['what fits', {}, 'mime', 'it fits into one request'],
    [
      'what fits, without a copy',
      { saveToSentItems: false },
      'json',
      'no copy in Sent Items is wanted, and JSON carries it whole',
    ],
    [
      'what JSON would harm, without a copy',
      { saveToSentItems: false, outline: lossy },
      'mime',
      'only MIME carries it, which leaves a copy in Sent Items: JSON would lose the plain text beside the HTML',
    ],
    [
      'what is signed, without a copy',
      { saveToSentItems: false, outline: { integrity: 'signed' } },
      'mime',
      'only MIME carries it, which leaves a copy in Sent Items: it is signed',
    ],
    [
      'what has grown over the limit in JSON, without a copy',
      {
        saveToSentItems: false,
        outline: {
          body: partOf({ charset: 'koi8-r', decodedBytes: 2_500_000, jsonBytes: 5_000_000 }),
        },
      },
      'mime',
      'only MIME carries it, which leaves a copy in Sent Items: it is too large for JSON',
    ],
    [
      'what fits as JSON alone, without a copy',
      { ...large, saveToSentItems: false },
      'json',
      'no copy in Sent Items is wanted, and JSON carries it whole',
    ],
    ['what is large', large, 'draft', 'its 3000001 bytes are too many for one request'],
    [
      'what is large, without a copy',
      {
        ...large,
        saveToSentItems: false,
        outline: { ...lossy, files: [partOf({ decodedBytes: 3_000_000 })] },
      },
      'draft',
      'its 3000001 bytes are too many for one request; a draft leaves a copy in Sent Items; it loses the plain text beside the HTML',
    ],
    [
      'what Graph refused as too large',
      { refusals: refusedMime('tooLarge') },
      'draft',
      'its 3000000 bytes are too many for one request',
    ],
    [
      'what Exchange could not read',
      { refusals: refusedMime('unreadable'), outline: lossy },
      'json',
      'Exchange could not read it as MIME; it loses the plain text beside the HTML',
    ],
    [
      'what Exchange could not read, and Graph refused as JSON',
      {
        refusals: [...refusedMime('unreadable'), { transport: 'json', cause: 'tooLarge' }],
      },
      'draft',
      'Exchange could not read it as MIME',
    ],
  ])('%s', (_what, facts, transport, why) => {
    expect(plan(facts)).toEqual({ kind: 'planned', transport, why });
  });

  test.each<Exclude<Integrity, 'free'>>([
    'signed',
    'encrypted',
    'calendar',
    'inseparable',
    'unreadable',
  ])('never takes apart what is %s', (integrity) => {
    expect(plan({ outline: { integrity } })).toMatchObject({ transport: 'mime' });
    expect(plan({ ...large, outline: { integrity } })).toMatchObject({
      kind: 'failed',
      status: '5.3.4',
      reason: 'tooLarge',
      diagnostic: expect.stringContaining('3000001 bytes, and at most 3000000 can be carried'),
    });
    const refusals = refusedMime('unreadable');
    expect(plan({ refusals, outline: { integrity } })).toMatchObject({ kind: 'failed' });
  });

  test.each<[string, Case, string]>([
    [
      'largeMessages is false',
      { ...large, capabilities: { largeMessages: false } },
      'is large, which largeMessages forbids',
    ],
    [
      'it is over the largest size',
      { ...large, capabilities: { maxMessageBytes: 3_000_000 } },
      'is larger than Exchange takes: 3000001 bytes, and at most 3000000',
    ],
    [
      'one file is over 150 MB',
      { ...large, outline: { files: [partOf({ decodedBytes: 157_286_401 })] } },
      'is larger than Exchange takes',
    ],
    [
      'its text does not fit into one request',
      { ...large, outline: { body: partOf({ decodedBytes: 4_000_000, jsonBytes: 4_100_000 }) } },
      'has a text that does not fit into one request: 4000000 bytes, and at most 4000000',
    ],
    [
      'its text does not fit in JSON',
      { ...large, outline: { body: partOf({ decodedBytes: 2_100_000, jsonBytes: 4_000_000 }) } },
      'has a text that does not fit into one request',
    ],
    [
      'it has more files than Exchange takes',
      { ...large, outline: { files: Array.from({ length: 251 }, () => partOf()) } },
      'has 251 files',
    ],
  ])('fails with 5.3.4 when %s', (_cause, facts, diagnostic) => {
    expect(plan(facts)).toMatchObject({
      kind: 'failed',
      status: '5.3.4',
      diagnostic: expect.stringContaining(diagnostic),
      reply: expect.stringMatching(/^Message (is too large|has too many files)/),
    });
  });
});

test('bytesWithin() is the most whose base64 fits', () => {
  fc.assert(
    fc.property(fc.nat(5_000_000), (maxLength) => {
      expect(base64Length(bytesWithin(maxLength))).toBeLessThanOrEqual(maxLength);
      expect(base64Length(bytesWithin(maxLength) + 1)).toBeGreaterThan(maxLength);
    }),
  );
});
