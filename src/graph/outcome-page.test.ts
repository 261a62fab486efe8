import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { answerRows, unknownAnswer, type AnswerMatch } from './answer-rows.ts';
import { networkRows, unknownNetworkTrouble } from './network-rows.ts';
import { tokenRows, unknownTokenFailure, type TokenMatch } from './token-rows.ts';
import type { Verdict } from './verdict.ts';

const page = await readFile(new URL('../../docs/graph.md', import.meta.url), 'utf8');
/** Lines of tables as they are before the formatter pads them. */
const pageLines = page.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' '));

interface Row {
  readonly verdict: Verdict;
  readonly problem: string;
  readonly remedy: string;
}

function lineOf(cells: readonly string[], { verdict, problem, remedy }: Row): string {
  const all = [...cells, formatVerdict(verdict), problem, remedy];
  return `| ${all.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function formatVerdict(verdict: Verdict): string {
  if (verdict.kind === 'delivered') return `delivered ${verdict.status}`;
  const hold = verdict.kind === 'deferred' && verdict.hold ? `, holds the ${verdict.hold}` : '';
  return `${verdict.kind} ${verdict.status} ${verdict.reason}${hold}`;
}

function formatAnswerMatch(match: AnswerMatch): string {
  const parts = [
    ...(match.codes ?? []).map((code) => `\`${code}\``),
    ...(match.message ? [`message \`${match.message.source}\``] : []),
    ...(match.challenge ? [`WWW-Authenticate \`${match.challenge.source}\``] : []),
    ...(match.contentType ? [`Content-Type \`${match.contentType.source}\``] : []),
    ...(match.largeRequest ? ['2 MB or more'] : []),
    ...(match.retryAfter ? ['with Retry-After'] : []),
    ...(match.firstAttempt ? ['first attempt'] : []),
    ...(match.draft ? ['for a draft or a look-up'] : []),
  ];
  return parts.join(', ') || 'any';
}

function formatTokenMatch({ numbers = [], errors = [], http = [] }: TokenMatch): string {
  const parts = [
    ...errors.map((error) => `\`${error}\``),
    ...http.map((status) => `HTTP ${status}`),
    ...numbers.map(String),
  ];
  return parts.join(', ') || 'any';
}

const answerLines = [...answerRows, unknownAnswer].map((row) =>
  lineOf([row.match.http?.join(', ') ?? 'any', formatAnswerMatch(row.match)], row),
);
const tokenLines = [...tokenRows, unknownTokenFailure].map((row) =>
  lineOf([formatTokenMatch(row.match)], row),
);
const networkLines = [...networkRows, unknownNetworkTrouble].map((row) =>
  lineOf([row.codes.map((code) => `\`${code}\``).join(', ')], row),
);

describe('docs/graph.md has the rows in their order', () => {
  test.each([
    ['Answers of Graph', answerLines],
    ['Answers of Entra', tokenLines],
    ['No answer', networkLines],
  ])('%s', (heading, lines) => {
    const section = pageLines.slice(pageLines.indexOf(`### ${heading}`));
    const table = section.slice(section.findIndex((line) => line.startsWith('|')) + 2);
    const rows = table.slice(
      0,
      table.findIndex((line) => !line.startsWith('|')),
    );
    expect(rows).toEqual(lines);
  });
});
