// Turns what Graph and Entra answered, or did not, into the outcome of an attempt: by tables, first fitting row.
import {
  deferred,
  delivered,
  failed,
  unsure,
  type Outcome,
  type Refusal,
  type RemoteDetail,
  type Unsure,
} from '../core/outcome.ts';
import type { TokenFailure } from '../relay/ports.ts';
import { answerRows, unknownAnswer, type AnswerMatch } from './answer-rows.ts';
import type { Answer, NoAnswer } from './exchange.ts';
import { readGraphError, type GraphError } from './graph-error.ts';
import type { GraphResult } from './http.ts';
import { networkRows, unknownNetworkTrouble } from './network-rows.ts';
import { parseRetryAfter } from './retry-after.ts';
import { tokenRows, unknownTokenFailure, type TokenMatch } from './token-rows.ts';
import { doubt, retry, type Verdict } from './verdict.ts';

export interface OutcomeOptions {
  /** Epoch ms. */
  readonly now: number;
  /** Of the delivery, from 1. */
  readonly attempt: number;
  /** The request prepares a draft. Default: false. */
  readonly draft?: boolean;
}

export function outcomeOf(result: GraphResult, options: OutcomeOptions): Outcome {
  switch (result.kind) {
    case 'answer':
      return outcomeOfAnswer(result, options);
    case 'noAnswer':
      return outcomeOfNoAnswer(result);
    case 'tokenFailure':
      return outcomeOfTokenFailure(result.failure);
  }
}

/** Why a request that was to prepare a draft did not do so: whatever became of it, nothing was sent. */
export function outcomeOfStep(result: GraphResult, options: OutcomeOptions): Refusal {
  const outcome = outcomeOf(result, { ...options, draft: true });
  switch (outcome.kind) {
    case 'deferred':
    case 'failed':
      return outcome;
    case 'unsure':
      return deferred(outcome.status, { ...reasonOf(outcome), diagnostic: stepUnanswered });
    case 'delivered':
      return deferred('4.3.0', {
        reason: 'server',
        diagnostic:
          'Microsoft Graph gave an answer that does not fit the request: it is tried again',
        ...(outcome.remote && { remote: outcome.remote }),
      });
  }
}

const stepUnanswered =
  'Microsoft Graph did not answer while a draft was made ready: it was not sent, and is tried again';

function reasonOf({ reason, remote }: Unsure): Pick<Unsure, 'reason' | 'remote'> {
  return { reason, ...(remote && { remote }) };
}

export function outcomeOfAnswer(answer: Answer, options: OutcomeOptions): Outcome {
  const { now, attempt, draft = false } = options;
  const error = readGraphError(answer.json);
  const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], now);
  const facts = { answer, error, retryAfterMs, attempt, draft };
  const row = answerRows.find(({ match }) => fitsAnswer(match, facts)) ?? unknownAnswer;
  const quoted = row.quoted === true;
  const remote = remoteOf(answer, {
    code: codeFor(row.match, error),
    words: quoted ? '' : error.message,
  });
  const words = quoted && error.message !== '' ? `. Microsoft says: ${error.message}` : '';
  return toOutcome(withGiven(row.verdict, answer), {
    diagnostic: `${row.problem} (${nameOf(remote)}): ${row.remedy}${words}`,
    remote,
    retryAfterMs,
  });
}

/** Without an answer, only what was given counts. */
export function outcomeOfNoAnswer(noAnswer: NoAnswer): Outcome {
  const { cause, code, whole } = noAnswer;
  if (whole) {
    const diagnostic = `Microsoft Graph got the whole message and did not answer (${code}): it may have been sent`;
    return toOutcome(
      cause === 'cancelled'
        ? doubt('4.3.2', 'cancelled')
        : doubt('4.4.2', cause === 'timeout' ? 'timeout' : 'network'),
      { diagnostic },
    );
  }
  if (cause === 'cancelled')
    return toOutcome(retry('4.3.2', 'cancelled'), { diagnostic: cutShort });
  if (cause === 'source') {
    const diagnostic = `The stored message could not be read: ${noAnswer.errorText}`;
    return toOutcome(retry('4.3.0', 'internal'), { diagnostic });
  }
  const row = networkRows.find(({ codes }) => fitsName(codes, code)) ?? unknownNetworkTrouble;
  return toOutcome(row.verdict, { diagnostic: `${row.problem} (${code}): ${row.remedy}` });
}

export function outcomeOfTokenFailure(failure: TokenFailure): Outcome {
  const row = tokenRows.find(({ match }) => fitsFailure(match, failure)) ?? unknownTokenFailure;
  const number = failure.codes.find((code) => row.match.numbers?.includes(code));
  const named = number ?? failure.codes[0];
  const code = named === undefined ? failure.error : `AADSTS${named}`;
  const cause = failure.description === row.problem ? '' : `. Cause: ${failure.description}`;
  return toOutcome(row.verdict, {
    diagnostic: `${row.problem} (${code}): ${row.remedy}${cause}`,
    remote: { code, ...(failure.httpStatus !== undefined && { httpStatus: failure.httpStatus }) },
    retryAfterMs: failure.retryAfterMs,
  });
}

const cutShort =
  'The attempt was cut short before Microsoft Graph had the message: it was not sent';

interface AnswerFacts {
  readonly answer: Answer;
  readonly error: GraphError;
  readonly retryAfterMs: number | undefined;
  readonly attempt: number;
  readonly draft: boolean;
}

const largeRequestBytes = 2_000_000;

function fitsAnswer(match: AnswerMatch, { answer, error, ...facts }: AnswerFacts): boolean {
  const { headers, status } = answer;
  return (
    (match.http?.includes(status) ?? true) &&
    (match.codes === undefined || codeFor(match, error) !== undefined) &&
    (match.message?.test(error.message) ?? true) &&
    (match.challenge?.test(headers['www-authenticate'] ?? '') ?? true) &&
    (match.contentType?.test(headers['content-type'] ?? '') ?? true) &&
    (match.largeRequest === undefined || answer.contentLength >= largeRequestBytes) &&
    (match.retryAfter === undefined || facts.retryAfterMs !== undefined) &&
    (match.firstAttempt === undefined || facts.attempt === 1) &&
    (match.draft === undefined || facts.draft)
  );
}

function fitsFailure({ numbers, errors, http }: TokenMatch, failure: TokenFailure): boolean {
  return (
    failure.codes.some((code) => numbers?.includes(code)) ||
    (errors?.includes(failure.error) ?? false) ||
    (failure.httpStatus !== undefined && (http?.includes(failure.httpStatus) ?? false))
  );
}

/** The code by which the row fitted, else the most general one. */
function codeFor({ codes }: AnswerMatch, error: GraphError): string | undefined {
  if (codes === undefined) return error.codes[0];
  return error.codes.find((code) => fitsName(codes, code));
}

function fitsName(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(name),
  );
}

/**
 * An answer to a request that was not wholly given: success cannot be meant for the whole message, and a server that
 * broke down over half a message has sent nothing.
 */
function withGiven(verdict: Verdict, { givenBytes, contentLength }: Answer): Verdict {
  if (givenBytes === contentLength) return verdict;
  if (verdict.kind === 'delivered') return doubt('4.3.0', 'server');
  return verdict.kind === 'unsure' ? retry('4.3.2', verdict.reason) : verdict;
}

function remoteOf(
  answer: Answer,
  { code, words }: { readonly code: string | undefined; readonly words: string },
): RemoteDetail {
  const requestId = answer.headers['request-id'];
  return {
    httpStatus: answer.status,
    ...(code !== undefined && { code }),
    ...(requestId !== undefined && { requestId }),
    ...(words !== '' && { words }),
  };
}

function nameOf({ code, httpStatus }: RemoteDetail): string {
  return code === undefined ? `HTTP ${httpStatus}` : `${code}, HTTP ${httpStatus}`;
}

interface OutcomeParts {
  readonly diagnostic: string;
  readonly remote?: RemoteDetail;
  readonly retryAfterMs?: number | undefined;
}

function toOutcome(verdict: Verdict, { diagnostic, remote, retryAfterMs }: OutcomeParts): Outcome {
  const said = { diagnostic, ...(remote && { remote }) };
  const wish = { ...(retryAfterMs !== undefined && { retryAfterMs }) };
  switch (verdict.kind) {
    case 'delivered':
      return { ...delivered(verdict.status, remote), ...wish };
    case 'failed':
      return failed(verdict.status, { reason: verdict.reason, ...said });
    case 'unsure':
      return unsure(verdict.status, { reason: verdict.reason, ...said, ...wish });
    case 'deferred':
      return deferred(verdict.status, {
        reason: verdict.reason,
        ...said,
        ...(verdict.hold && { hold: verdict.hold }),
        ...wish,
      });
  }
}
