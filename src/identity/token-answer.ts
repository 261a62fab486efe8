// The token in what MSAL resolves with, which may have none.
import type { Token, TokenFailure } from '../relay/ports.ts';

export function toToken(
  result: { readonly accessToken: string; readonly expiresOn: Date | null } | null,
): Token | TokenFailure {
  const expiresAt = result?.expiresOn?.getTime() ?? NaN;
  if (!result?.accessToken || Number.isNaN(expiresAt)) return emptyAnswer;
  return { kind: 'token', accessToken: result.accessToken, expiresAt };
}

const emptyAnswer: TokenFailure = {
  kind: 'failure',
  error: 'empty_token',
  codes: [],
  description: 'Entra answered without a token',
};
