// What a crash run is made of: its plan, and its verdict.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SentMail } from './client.ts';
import { killPoints, planKills } from './kills.ts';
import { createMail, type Transaction } from './mail.ts';
import { createRandom } from './random.ts';
import { judge, type Copy } from './verdict.ts';

const points = Object.keys(killPoints).length;

describe('planKills', () => {
  test('gives each point its turn, and the same plan for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const plan = planKills(points, createRandom(seed));
        expect(new Set(plan.map(({ point }) => point)).size).toBe(points);
        expect(planKills(points, createRandom(seed))).toEqual(plan);
      }),
    );
  });
});

describe('judge', () => {
  const mail = createMail('one', createRandom(1));
  const copy: Copy = { ...mail, messageId: '<one@client.example>' };
  const sent = (transaction: Transaction): SentMail => ({ mail, transaction });

  test('calls a message lost that got a 250 and did not arrive', () => {
    expect(judge({ sent: [sent('accepted')], copies: [], possibleDuplicates: [] }).lost).toEqual([
      'one',
    ]);
    expect(judge({ sent: [sent('unanswered')], copies: [], possibleDuplicates: [] }).lost).toEqual(
      [],
    );
  });

  test.each(['refused', 'unfinished'] as const)(
    'does not want a message that was %s',
    (transaction) => {
      const evidence = { sent: [sent(transaction)], copies: [copy], possibleDuplicates: [] };
      expect(judge(evidence).unwanted).toEqual(['one']);
    },
  );

  test('wants each further copy explained', () => {
    const evidence = { sent: [sent('accepted')], copies: [copy, copy, copy] };
    const explained = [copy.messageId, copy.messageId];
    expect(judge({ ...evidence, possibleDuplicates: explained }).unexplained).toEqual([]);
    expect(judge({ ...evidence, possibleDuplicates: explained.slice(1) }).unexplained).toEqual([
      'one',
    ]);
    expect(judge({ ...evidence, possibleDuplicates: [] }).duplicated).toEqual(['one']);
  });

  test.each([
    ['other bytes', { ...copy, bodyDigest: '' }],
    ['another recipient', { ...copy, recipients: ['ceo@example.com'] }],
  ])('calls a message damaged that arrived with %s', (_, changed) => {
    const evidence = { sent: [sent('accepted')], copies: [changed], possibleDuplicates: [] };
    expect(judge(evidence).damaged).toEqual(['one']);
  });
});
