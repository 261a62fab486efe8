// Trouble with what an app or a user proves itself with, found on this side.

/** Why no token can be asked for. `graph/token-rows.ts` knows the names. */
export type CredentialTrouble =
  'federated_token' | 'token_cache' | 'sign_in_needed' | 'sign_in_ended' | 'other_account';

/** Its message may be shown. The name `errorCode` is MSAL's. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
  readonly errorCode: CredentialTrouble;

  constructor(errorCode: CredentialTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.errorCode = errorCode;
  }
}
