// What the page and the API take out of a diagnostic is what the outcome tables have put in.
import { describe, expect, test } from 'vitest';
import { answerRows } from '../src/graph/answer-rows.ts';
import type { NoAnswer } from '../src/graph/exchange.ts';
import { networkRows } from '../src/graph/network-rows.ts';
import { outcomeOfNoAnswer, outcomeOfTokenFailure } from '../src/graph/outcome.ts';
import { tokenRows } from '../src/graph/token-rows.ts';
import { readDiagnostic } from '../src/http/diagnostic.ts';

const explanations = [...answerRows, ...networkRows, ...tokenRows].map(({ problem, remedy }) => ({
  problem,
  remedy,
}));

describe('readDiagnostic()', () => {
  test.each(explanations)('finds what mends "$problem"', ({ problem, remedy }) => {
    const code = 'ErrorOfSomeKind';
    const said = { problem, code, remedy };
    expect(readDiagnostic(`${problem} (${code}): ${remedy}`)).toEqual(said);
    for (const word of ['Microsoft says', 'Cause']) {
      const detail = 'Something (in brackets): with a colon. And a second sentence.\nAnd a line';
      expect(readDiagnostic(`${problem} (${code}): ${remedy}. ${word}: ${detail}`)).toEqual({
        ...said,
        detail,
      });
    }
  });

  test('understands what the tables really write', () => {
    const failure = { error: 'invalid_client', codes: [7000222], description: 'Keys are expired' };
    const noAnswer: NoAnswer = {
      ...{ kind: 'noAnswer', cause: 'network', code: 'ENOTFOUND', errorText: 'x' },
      ...{ givenBytes: 0, contentLength: 1, whole: false },
    };
    const outcomes = [
      outcomeOfTokenFailure({ kind: 'failure', ...failure }),
      outcomeOfNoAnswer(noAnswer),
    ];
    for (const outcome of outcomes) {
      const { code, remedy } = readDiagnostic('diagnostic' in outcome ? outcome.diagnostic : '');
      expect([code, remedy]).toEqual([expect.any(String), expect.any(String)]);
    }
  });

  test('leaves another sentence whole', () => {
    const sentence = 'The smart host did not answer: connect ECONNREFUSED';
    expect(readDiagnostic(sentence)).toEqual({ problem: sentence });
  });
});
