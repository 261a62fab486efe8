// Logging in at a smart host: by password, or by XOAUTH2 with a token of Entra.
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import XOAuth2 from 'nodemailer/lib/xoauth2';
import type { Token, TokenFailure, TokenSource } from '../relay/ports.ts';

export type Login =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** For Exchange: docs/graph.md, "SMTP". */
  | { readonly kind: 'oauth2'; readonly username: string; readonly tokens: TokenSource };

/** Rejects with the server's reply in `response` and `responseCode`, as nodemailer's errors have them, or `NoToken`. */
export async function logIn(connection: SMTPConnection, login: Login): Promise<void> {
  const auth =
    login.kind === 'password'
      ? { user: login.username, pass: login.password }
      : { method: 'XOAUTH2', user: login.username, oauth2: createXOAuth2(login) };
  await new Promise<void>((resolve, reject) => {
    connection.login(auth, (error) => (error ? reject(error) : resolve()));
  });
}

/** Entra gave no token: the smart host was not asked. */
export class NoToken extends Error {
  override readonly name = 'NoToken';
  /** Nobody refused it: there was no answer. */
  readonly isTransient: boolean;

  constructor({ error, description }: TokenFailure) {
    super(description);
    this.isTransient = error === 'network';
  }
}

/** When the server refuses a token, nodemailer asks once for another. */
function createXOAuth2({ username, tokens }: Extract<Login, { kind: 'oauth2' }>): XOAuth2 {
  let last: Token | undefined;
  async function provide(isRenewal: boolean): Promise<string> {
    if (isRenewal && last) tokens.reject(last);
    const token = await tokens.token();
    if (token.kind === 'failure') throw new NoToken(token);
    last = token;
    return token.accessToken;
  }
  return new XOAuth2({
    user: username,
    provisionCallback: (_user, isRenewal, done) => {
      provide(isRenewal).then(
        (accessToken) => done(null, accessToken),
        (error: Error) => done(error),
      );
    },
  });
}
