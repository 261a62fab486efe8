import { describe, expect, test } from 'vitest';
import type { Outcome } from '../core/outcome.ts';
import type { TokenFailure } from '../relay/ports.ts';
import { answerRows, unknownAnswer, type AnswerRow } from './answer-rows.ts';
import type { Answer, NoAnswer } from './exchange.ts';
import { networkRows } from './network-rows.ts';
import {
  outcomeOf,
  outcomeOfAnswer,
  outcomeOfNoAnswer,
  outcomeOfStep,
  outcomeOfTokenFailure,
} from './outcome.ts';

const options = { now: Date.parse('Sun, 22 Nov 2026 17:00:00 GMT'), attempt: 2 };

interface AnswerParts {
  readonly code?: string;
  readonly inner?: string;
  readonly message?: string;
  readonly headers?: Record<string, string>;
  readonly givenBytes?: number;
  readonly contentLength?: number;
}

const large = { givenBytes: 3_000_000, contentLength: 3_000_000 };

function answerOf(status: number, parts: AnswerParts = {}): Answer {
  const { code, inner, message = 'Said by Graph.', headers = {}, givenBytes = 100 } = parts;
  const { contentLength = 100 } = parts;
  const innerError = { date: '2026-11-22T17:00:00', ...(inner && { code: inner }) };
  const json = code === undefined ? undefined : { error: { code, message, innerError } };
  return {
    kind: 'answer',
    status,
    headers: { 'request-id': 'r1', ...headers },
    text: json ? JSON.stringify(json) : '',
    json,
    givenBytes,
    contentLength,
  };
}

/** `kind status reason` and what it holds, as one line. */
function summaryOf(outcome: Outcome): string {
  if (outcome.kind === 'delivered') return `delivered ${outcome.status}`;
  const held = outcome.kind === 'deferred' && outcome.hold ? ` ${outcome.hold}` : '';
  return `${outcome.kind} ${outcome.status} ${outcome.reason}${held}`;
}

const withClaims = 'Bearer error="insufficient_claims", claims="e30="';

/** Each line: HTTP status, code, what else, and the outcome. */
const answers: readonly (readonly [number, string, AnswerParts, string])[] = [
  [202, '', {}, 'delivered 2.0.0'],
  [200, '', large, 'failed 5.3.4 tooLarge'],
  [200, '', {}, 'deferred 4.3.0 server'],
  [200, '', { headers: { 'content-type': 'text/html' } }, 'deferred 4.3.0 server'],

  [401, 'InvalidAuthenticationToken', {}, 'deferred 4.7.0 credential connection'],
  [401, '', {}, 'deferred 4.7.0 credential connection'],
  [
    401,
    'InvalidAuthenticationToken',
    { headers: { 'www-authenticate': withClaims } },
    'deferred 4.7.0 credential connection',
  ],
  [401, 'Authorization_IdentityNotFound', {}, 'deferred 4.7.0 credential connection'],
  [404, 'Authorization_IdentityNotFound', {}, 'deferred 4.7.0 credential connection'],
  [403, 'Authorization_RequestDenied', {}, 'deferred 4.7.1 permission connection'],

  [403, 'ErrorSendAsDenied', {}, 'deferred 4.7.1 sendAsDenied originator'],

  [403, 'ErrorAccessDenied', {}, 'deferred 4.7.1 permission lane'],
  [
    403,
    'ErrorAccessDenied',
    { message: 'Access to OData is disabled.' },
    'deferred 4.7.1 permission lane',
  ],
  [404, 'ErrorInvalidUser', {}, 'deferred 4.2.1 mailbox lane'],
  [404, 'Request_ResourceNotFound', {}, 'deferred 4.2.1 mailbox lane'],
  [404, 'ResourceNotFound', {}, 'deferred 4.2.1 mailbox lane'],
  [404, 'MailboxNotEnabledForRESTAPI', {}, 'deferred 4.2.1 mailbox lane'],
  [404, 'MailboxNotSupportedForRESTAPI', {}, 'deferred 4.2.1 mailbox lane'],
  [404, 'ErrorNonExistentMailbox', {}, 'deferred 4.2.1 mailbox lane'],
  [400, 'ErrorMissingEmailAddress', {}, 'deferred 4.2.1 mailbox lane'],
  [403, 'extensionError', {}, 'deferred 4.2.1 mailbox lane'],
  [403, 'ErrorAccountDisabled', {}, 'deferred 4.2.1 mailbox lane'],
  [403, 'ErrorMessageSubmissionBlocked', {}, 'deferred 4.7.1 permission lane'],
  [403, 'ErrorAccountSuspend', {}, 'deferred 4.7.1 permission lane'],
  [403, 'ErrorMessageBlocked', {}, 'deferred 4.7.1 permission lane'],
  [507, 'ErrorQuotaExceeded', {}, 'deferred 4.2.2 mailbox lane'],
  [403, 'quotaLimitReached', {}, 'deferred 4.2.2 mailbox lane'],
  [507, '', {}, 'deferred 4.2.2 mailbox lane'],

  [400, 'ErrorSubmissionQuotaExceeded', {}, 'deferred 4.4.5 quota'],
  [429, 'ErrorExceededMessageLimit', {}, 'deferred 4.4.5 quota'],
  [429, 'ErrorExceededHourlyMessageLimit', {}, 'deferred 4.4.5 quota'],
  [403, 'ErrorExceededMessageLimitShowTierUpgrade', {}, 'deferred 4.4.5 quota'],
  [429, 'Other', { message: 'WASCL UserAction RefuseQuota' }, 'deferred 4.4.5 quota'],
  [
    403,
    'Other',
    { message: 'Cannot send mail. Daily Message/Recipient limit exceeded.' },
    'deferred 4.4.5 quota',
  ],

  [429, 'ApplicationThrottled', {}, 'deferred 4.4.5 throttled'],
  [429, 'TooManyRequests', {}, 'deferred 4.4.5 throttled'],
  [429, 'activityLimitReached', {}, 'deferred 4.4.5 throttled'],
  [429, 'throttledRequest', {}, 'deferred 4.4.5 throttled'],
  [429, 'ErrorServerBusy', {}, 'deferred 4.4.5 throttled'],
  [429, '', {}, 'deferred 4.4.5 throttled'],
  [509, '', {}, 'deferred 4.4.5 throttled'],
  [503, '', { headers: { 'retry-after': '20' } }, 'deferred 4.4.5 throttled'],
  [503, 'ErrorServerBusy', { headers: { 'retry-after': '20' } }, 'deferred 4.4.5 throttled'],
  [503, '', { headers: { 'retry-after': 'soon' } }, 'deferred 4.3.2 server'],

  [504, '', {}, 'unsure 4.3.2 timeout'],
  [504, 'UnknownError', {}, 'unsure 4.3.2 timeout'],
  [504, '', { headers: { 'retry-after': '20' } }, 'unsure 4.3.2 timeout'],
  [502, '', {}, 'unsure 4.3.2 server'],

  [400, 'ErrorInvalidRecipients', {}, 'failed 5.1.3 recipients'],
  [
    400,
    'ErrorInvalidRecipients',
    { message: 'The message contains no recipients.' },
    'failed 5.1.3 recipients',
  ],
  [400, 'ErrorExceededMaxRecipientLimit', {}, 'failed 5.5.3 recipients'],
  [400, 'ErrorMessageSizeExceeded', {}, 'failed 5.3.4 tooLarge'],
  [413, 'ErrorMessageSizeExceeded', {}, 'failed 5.3.4 tooLarge'],
  [413, 'RequestEntityTooLarge', {}, 'failed 5.3.4 tooLarge'],
  [413, '', {}, 'failed 5.3.4 tooLarge'],
  [
    400,
    'BadRequest',
    { message: 'The maximum request length supported is 4MB.' },
    'failed 5.3.4 tooLarge',
  ],
  [
    400,
    'MaximumRequestSize',
    { message: 'Over the maximum request size' },
    'failed 5.3.4 tooLarge',
  ],
  [400, 'ErrorMimeContentInvalidBase64String', {}, 'failed 5.6.0 content'],
  [400, 'ErrorMimeContentInvalid', {}, 'failed 5.6.0 content'],
  [400, 'ErrorContentConversionFailed', {}, 'failed 5.6.0 content'],
  [400, 'ErrorMimeContentConversionFailed', {}, 'failed 5.6.0 content'],
  [400, 'InvalidInternetMessageHeader', {}, 'failed 5.6.0 content'],
  [400, 'InvalidInternetMessageHeaderCollection', {}, 'failed 5.6.0 content'],
  [400, 'RequestBodyRead', {}, 'failed 5.5.0 internal'],
  [400, 'UnableToDeserializePostBody', {}, 'failed 5.5.0 internal'],
  [400, 'BadRequest', {}, 'failed 5.5.0 internal'],
  [400, 'ErrorInvalidRequest', {}, 'failed 5.5.0 internal'],
  [400, 'invalidRequest', {}, 'failed 5.5.0 internal'],
  [400, 'ErrorItemSave', {}, 'failed 5.5.0 internal'],
  [400, 'ErrorInvalidPropertySet', {}, 'failed 5.5.0 internal'],
  [400, 'ErrorInvalidIdMalformed', {}, 'failed 5.5.0 internal'],
  [405, 'ErrorAttachmentSessionIsSupportedOnlyForFileAttachments', {}, 'failed 5.5.0 internal'],

  [409, 'ErrorIrresolvableConflict', {}, 'deferred 4.3.0 server'],
  [404, 'ErrorItemNotFound', {}, 'deferred 4.3.0 server'],
  [503, 'ErrorServerBusy', {}, 'deferred 4.3.2 server'],
  [503, 'ErrorTooManyObjectsOpened', {}, 'deferred 4.3.2 server'],
  [503, 'ErrorInsufficientResources', {}, 'deferred 4.3.2 server'],
  [503, 'ErrorExceededConnectionCount', {}, 'deferred 4.3.2 server'],
  [503, 'ErrorMailboxStoreUnavailable', {}, 'deferred 4.3.2 server'],
  [500, 'ErrorMailboxMoveInProgress', {}, 'deferred 4.3.2 server'],
  [500, 'ErrorMailboxFailover', {}, 'deferred 4.3.2 server'],
  [500, 'ErrorConnectionFailed', {}, 'deferred 4.3.2 server'],
  [500, 'ErrorTimeoutExpired', {}, 'deferred 4.3.2 server'],
  [500, 'ErrorADUnavailable', {}, 'deferred 4.3.2 server'],
  [500, 'ErrorADOperation', {}, 'deferred 4.3.2 server'],
  [500, 'ErrorInternalServerTransientError', {}, 'deferred 4.3.2 server'],
  [500, 'ErrorInternalServerError', {}, 'deferred 4.3.2 server'],
  [503, 'UnknownError', {}, 'deferred 4.3.2 server'],
  [500, 'generalException', {}, 'deferred 4.3.2 server'],
  [503, 'serviceNotAvailable', {}, 'deferred 4.3.2 server'],
  [500, '', {}, 'deferred 4.3.2 server'],

  [400, 'ErrorOfTomorrow', {}, 'deferred 4.3.0 server'],
  [403, '', {}, 'deferred 4.3.0 server'],
  [404, '', {}, 'deferred 4.3.0 server'],
  [307, '', {}, 'deferred 4.3.0 server'],
  [201, '', {}, 'deferred 4.3.0 server'],
  [418, '', {}, 'deferred 4.3.0 server'],
];

describe('outcomeOfAnswer()', () => {
  test.each(answers)('of %i %s %o is %s', (status, code, parts, summary) => {
    const answer = answerOf(status, { ...parts, ...(code !== '' && { code }) });
    expect(summaryOf(outcomeOfAnswer(answer, options))).toBe(summary);
  });

  test('is tried with each code, and each status, of the table', () => {
    const codes = answerRows.flatMap(({ match }) => match.codes ?? []);
    const statuses = answerRows.flatMap(({ match }) => match.http ?? []);
    const isTried = (code: string) =>
      answers.some(([, tried]) => new RegExp(`^${code.replaceAll('*', '.*')}$`).test(tried));
    expect(codes.filter((code) => !isTried(code))).toEqual([]);
    expect(statuses.filter((status) => !answers.some(([tried]) => tried === status))).toEqual([]);
  });

  test('retries at the first attempt when Exchange saw no recipients', () => {
    const parts = {
      code: 'ErrorInvalidRecipients',
      message: 'The message contains no recipients.',
    };
    const outcome = outcomeOfAnswer(answerOf(400, parts), { ...options, attempt: 1 });
    expect(summaryOf(outcome)).toBe('deferred 4.3.0 server');
  });

  test.each(answerRows.map((row) => [row.problem, row] as const))(
    'can reach the row "%s"',
    (_problem, row) => {
      const draft = row.match.draft ?? false;
      const outcome = outcomeOfAnswer(sampleOf(row), { ...options, attempt: 1, draft });
      expect(outcome.kind).toBe(row.verdict.kind);
      expect('diagnostic' in outcome ? outcome.diagnostic : row.problem).toContain(row.problem);
    },
  );

  test('finds a code among the inner errors, in any case', () => {
    const parts = { code: 'BadGateway', inner: 'errorSENDasDenied' };
    expect(outcomeOfAnswer(answerOf(403, parts), options)).toMatchObject({
      reason: 'sendAsDenied',
      remote: { code: 'errorSENDasDenied' },
    });
  });

  test('says what is wrong, what to do, and where Microsoft finds the request', () => {
    const outcome = outcomeOfAnswer(answerOf(403, { code: 'ErrorSendAsDenied' }), options);
    expect(outcome).toEqual({
      kind: 'deferred',
      status: '4.7.1',
      reason: 'sendAsDenied',
      hold: 'originator',
      diagnostic:
        'The mailbox may not send as the From address of the message (ErrorSendAsDenied, HTTP 403): ' +
        'grant it Send As on that address (Add-RecipientPermission), or force From to the mailbox; ' +
        'a display name that holds @ has this effect, too',
      remote: {
        ...{ code: 'ErrorSendAsDenied', httpStatus: 403, requestId: 'r1' },
        words: expect.any(String),
      },
    });
  });

  test('quotes Microsoft on one line where the code is not known', () => {
    const parts = { code: 'ErrorOfTomorrow', message: `a\r\nb ${'x'.repeat(1_000)}` };
    expect(outcomeOfAnswer(answerOf(400, parts), options)).toMatchObject({
      diagnostic: expect.stringMatching(
        /^Microsoft Graph gave an answer .* \(ErrorOfTomorrow, HTTP 400\): .* Microsoft says: a b x{296}…$/,
      ),
    });
  });

  test.each([
    ['2.128', 2_128],
    ['120', 120_000],
    ['Sun, 22 Nov 2026 17:00:30 GMT', 30_000],
    ['1000000000', 3_600_000],
    ['0', 1_000],
  ])('pauses for a Retry-After of %s', (text, retryAfterMs) => {
    const answer = answerOf(429, { headers: { 'retry-after': text } });
    expect(outcomeOfAnswer(answer, options)).toMatchObject({ reason: 'throttled', retryAfterMs });
  });

  test.each([
    [202, 'delivered'],
    [503, 'deferred'],
    [504, 'unsure'],
  ])('pauses for a Retry-After of %i, which is %s as ever', (status, kind) => {
    const answer = answerOf(status, { headers: { 'retry-after': '9' } });
    expect(outcomeOfAnswer(answer, options)).toMatchObject({ kind, retryAfterMs: 9_000 });
  });

  test('leaves the pause to others where Retry-After says nothing', () => {
    const answer = answerOf(429, { headers: { 'retry-after': 'later' } });
    expect(outcomeOfAnswer(answer, options)).not.toHaveProperty('retryAfterMs');
  });

  test.each([
    [202, 'unsure 4.3.0 server'],
    [502, 'deferred 4.3.2 server'],
    [504, 'deferred 4.3.2 timeout'],
    [500, 'deferred 4.3.2 server'],
    [429, 'deferred 4.4.5 throttled'],
    [413, 'failed 5.3.4 tooLarge'],
  ])('of %i to a message that was not wholly given is %s', (status, summary) => {
    const answer = answerOf(status, { givenBytes: 99 });
    expect(summaryOf(outcomeOfAnswer(answer, options))).toBe(summary);
  });

  test.each([
    ['null', null],
    ['a text', 'error'],
    ['a list', [{ error: 1 }]],
    ['an error that is null', { error: null }],
    ['an error that is a text', { error: 'invalid' }],
    ['a code that is a number', { error: { code: 7, message: {} } }],
    ['no end', endless()],
  ])('survives a body that is %s', (_name, json) => {
    const outcome = outcomeOfAnswer({ ...answerOf(400), json }, options);
    expect(summaryOf(outcome)).toBe('deferred 4.3.0 server');
  });
});

function endless(): unknown {
  const error: Record<string, unknown> = { code: 'A' };
  error['innerError'] = error;
  return { error };
}

/** An answer that fits the row, and by its table no row before it. */
function sampleOf({ match }: AnswerRow): Answer {
  const headers = {
    ...(match.challenge && { 'www-authenticate': withClaims }),
    ...(match.contentType && { 'content-type': 'text/html' }),
    ...(match.retryAfter && { 'retry-after': '5' }),
  };
  const message = messages.find((text) => match.message?.test(text));
  const code = match.codes?.[0]?.replaceAll('*', '') ?? 'X';
  return answerOf(match.http?.[0] ?? 403, {
    code,
    headers,
    ...(message && { message }),
    ...(match.largeRequest && large),
  });
}

const messages = [
  'Access to OData is disabled.',
  'Daily Message/Recipient limit exceeded',
  'The message contains no recipients.',
  'The maximum request length supported is 4MB.',
];

function noAnswerOf(parts: Partial<NoAnswer>): NoAnswer {
  return {
    kind: 'noAnswer',
    cause: 'network',
    code: 'ECONNRESET',
    errorText: '',
    givenBytes: 0,
    contentLength: 100,
    whole: false,
    ...parts,
  };
}

describe('outcomeOfNoAnswer()', () => {
  test.each([
    ['network', 'ENOTFOUND', 'deferred 4.4.3 network'],
    ['network', 'EAI_AGAIN', 'deferred 4.4.3 network'],
    ['network', 'PROXY_407', 'deferred 4.4.1 network'],
    ['network', 'PROXY_502', 'deferred 4.4.1 network'],
    ['network', 'UND_ERR_PRX_CONN', 'deferred 4.4.1 network'],
    ['network', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'deferred 4.7.5 network'],
    ['network', 'CERT_HAS_EXPIRED', 'deferred 4.7.5 network'],
    ['network', 'ERR_TLS_CERT_ALTNAME_INVALID', 'deferred 4.7.5 network'],
    ['network', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'deferred 4.7.5 network'],
    ['network', 'ECONNREFUSED', 'deferred 4.4.1 network'],
    ['network', 'EHOSTUNREACH', 'deferred 4.4.1 network'],
    ['timeout', 'UND_ERR_CONNECT_TIMEOUT', 'deferred 4.4.1 timeout'],
    ['timeout', 'UND_ERR_HEADERS_TIMEOUT', 'deferred 4.4.2 timeout'],
    ['timeout', 'DEADLINE', 'deferred 4.4.2 timeout'],
    ['network', 'ECONNRESET', 'deferred 4.4.2 network'],
    ['network', 'UND_ERR_SOCKET', 'deferred 4.4.2 network'],
    ['cancelled', 'DEADLINE', 'deferred 4.3.2 cancelled'],
    ['source', 'StoreError', 'deferred 4.3.0 internal'],
  ] as const)('before all was given, %s %s: %s', (cause, code, summary) => {
    expect(summaryOf(outcomeOfNoAnswer(noAnswerOf({ cause, code })))).toBe(summary);
  });

  test.each([
    ['network', 'ECONNRESET', 'unsure 4.4.2 network'],
    ['network', 'HTTPParserError', 'unsure 4.4.2 network'],
    ['timeout', 'UND_ERR_HEADERS_TIMEOUT', 'unsure 4.4.2 timeout'],
    ['timeout', 'DEADLINE', 'unsure 4.4.2 timeout'],
    ['cancelled', 'DEADLINE', 'unsure 4.3.2 cancelled'],
    ['source', 'Error', 'unsure 4.4.2 network'],
    ['network', 'ECONNREFUSED', 'unsure 4.4.2 network'],
  ] as const)('after all was given, %s %s: %s', (cause, code, summary) => {
    const noAnswer = noAnswerOf({ cause, code, givenBytes: 100, whole: true });
    expect(summaryOf(outcomeOfNoAnswer(noAnswer))).toBe(summary);
  });

  test('names the code of the error', () => {
    expect(outcomeOfNoAnswer(noAnswerOf({ code: 'ENOTFOUND' }))).toMatchObject({
      diagnostic: expect.stringContaining('(ENOTFOUND): check DNS'),
    });
  });

  test.each(networkRows.map((row) => [row.problem, row] as const))(
    'can reach the row "%s"',
    (_problem, { codes, problem }) => {
      const code = codes[0]?.replaceAll('*', 'X') ?? '';
      expect(outcomeOfNoAnswer(noAnswerOf({ code }))).toMatchObject({
        diagnostic: expect.stringContaining(problem),
      });
    },
  );
});

test('outcomeOf() takes each kind of result', () => {
  const failure: TokenFailure = { kind: 'failure', error: 'network', codes: [], description: '' };
  expect(outcomeOf(answerOf(202), options)).toEqual(outcomeOfAnswer(answerOf(202), options));
  expect(outcomeOf(noAnswerOf({}), options)).toEqual(outcomeOfNoAnswer(noAnswerOf({})));
  expect(outcomeOf({ kind: 'tokenFailure', failure }, options)).toEqual(
    outcomeOfTokenFailure(failure),
  );
});

describe('outcomeOfStep()', () => {
  test.each([
    ['a refusal', answerOf(413), 'failed 5.3.4 tooLarge'],
    ['an unknown answer', answerOf(404), 'deferred 4.3.0 server'],
    ['an answer that would mean sent', answerOf(202), 'deferred 4.3.0 server'],
    ['a lost answer', noAnswerOf({ givenBytes: 100, whole: true }), 'deferred 4.4.2 network'],
    ['an answer of a gateway', answerOf(504), 'deferred 4.3.2 timeout'],
    [
      'a missing permission',
      answerOf(403, { code: 'ErrorAccessDenied' }),
      'deferred 4.7.1 permission largeMessages',
    ],
  ])('of %s never says that anything was sent', (_what, result, summary) => {
    expect(summaryOf(outcomeOfStep(result, options))).toBe(summary);
  });
});

test('unknownAnswer waits for nobody, so that age ends it', () => {
  expect(unknownAnswer.verdict).not.toHaveProperty('hold');
});
