import { describe, expect, test } from 'vitest';
import type { Outcome } from '../core/outcome.ts';
import type { TokenFailure } from '../relay/ports.ts';
import { outcomeOfTokenFailure } from './outcome.ts';
import { tokenRows } from './token-rows.ts';

/** `kind status reason` and what it holds, as one line. */
function summaryOf(outcome: Outcome): string {
  if (outcome.kind !== 'deferred') return outcome.kind;
  const held = outcome.hold ? ` ${outcome.hold}` : '';
  return `deferred ${outcome.status} ${outcome.reason}${held}`;
}

function failureOf(parts: Partial<TokenFailure>): TokenFailure {
  return { kind: 'failure', error: 'invalid_client', codes: [], description: 'Said.', ...parts };
}

describe('outcomeOfTokenFailure()', () => {
  test.each([
    [{ error: 'network' }, 'deferred 4.4.1 network'],
    [{ error: 'temporarily_unavailable' }, 'deferred 4.4.1 server'],
    [{ error: 'server_error' }, 'deferred 4.4.1 server'],
    [{ error: 'unreadable', httpStatus: 503 }, 'deferred 4.4.1 server'],
    [{ error: 'unreadable', httpStatus: 429 }, 'deferred 4.4.1 server'],
    [{ error: 'invalid_grant', codes: [70012] }, 'deferred 4.4.1 server'],
    [{ error: 'unreadable', httpStatus: 200 }, 'deferred 4.3.0 server'],
    [{ error: 'empty_token' }, 'deferred 4.3.0 server'],
    [{ error: 'error_of_tomorrow' }, 'deferred 4.3.0 server'],
    [{ error: 'invalid_client' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'invalid_client', codes: [7000222] }, 'deferred 4.7.0 credential connection'],
    [{ error: 'unauthorized_client' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'invalid_grant' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'invalid_request' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'invalid_tenant' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'invalid_scope' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'interaction_required' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'consent_required' }, 'deferred 4.7.0 permission connection'],
    [{ error: 'invalid_grant', codes: [53003] }, 'deferred 4.7.0 permission connection'],
    [{ error: 'refused_token' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'unusable_credential' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'federated_token' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'no_managed_identity' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'unable_to_read_secret_file' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'no_managed_identity_endpoint' }, 'deferred 4.4.1 network'],
    [{ error: 'sign_in_needed' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'other_account' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'authorization_declined' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'sign_in_ended' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'token_cache' }, 'deferred 4.7.0 credential connection'],
    [{ error: 'user_consent_needed', codes: [65001] }, 'deferred 4.7.0 credential connection'],
    [{ error: 'invalid_request', codes: [90038] }, 'deferred 4.7.0 credential connection'],
  ])('of %o is %s', (parts, summary) => {
    expect(summaryOf(outcomeOfTokenFailure(failureOf(parts)))).toBe(summary);
  });

  test.each(tokenRows.map((row) => [row.problem, row] as const))(
    'can reach the row "%s"',
    (_problem, { match, problem }) => {
      const samples = [
        ...(match.numbers ?? []).map((number) => failureOf({ error: 'x', codes: [number] })),
        ...(match.errors ?? []).map((error) => failureOf({ error })),
        ...(match.http ?? []).map((httpStatus) => failureOf({ error: 'x', httpStatus })),
      ];
      for (const sample of samples) {
        expect(outcomeOfTokenFailure(sample)).toMatchObject({
          diagnostic: expect.stringContaining(problem),
        });
      }
    },
  );

  test('says what to do, with the number and Entra in its own words', () => {
    const failure = failureOf({
      codes: [7000222],
      httpStatus: 401,
      description: 'AADSTS7000222: The provided client secret keys are expired.',
    });
    expect(outcomeOfTokenFailure(failure)).toMatchObject({
      diagnostic:
        'The client secret has expired (AADSTS7000222): create a new secret for the app, or use a certificate. ' +
        'Cause: AADSTS7000222: The provided client secret keys are expired.',
      remote: { code: 'AADSTS7000222', httpStatus: 401 },
    });
  });

  test('does not say the same twice', () => {
    const description = 'Microsoft Graph refuses the tokens that Entra gives';
    const failure = failureOf({ error: 'refused_token', description });
    expect(outcomeOfTokenFailure(failure)).toMatchObject({
      diagnostic: `${description} (refused_token): check that tenant, cloud and app belong together`,
    });
  });

  test('passes on when Entra wants to be asked again', () => {
    const failure = failureOf({ error: 'temporarily_unavailable', retryAfterMs: 9_000 });
    expect(outcomeOfTokenFailure(failure)).toMatchObject({ retryAfterMs: 9_000 });
  });
});
