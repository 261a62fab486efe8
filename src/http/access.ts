// Who may see the page and use the API: whoever has the admin token, as a bearer token or by a session.
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { createHash, timingSafeEqual } from 'node:crypto';
import { Sessions, sessionLifeMs, type SessionsOptions } from './sessions.ts';

/** No token is needed while every connection is the simulator. */
export type AccessRule =
  | { readonly tokenNeeded: false }
  | {
      readonly tokenNeeded: true;
      /** The one in force: another one ends all sessions. */
      readonly token: () => string;
    };

const cookieName = 'graphpost_session';

export class Access {
  readonly #rule: AccessRule;
  readonly #options: SessionsOptions;
  #sessions: Sessions;
  /** With which the sessions were opened. */
  #token = '';

  constructor(rule: AccessRule, options: SessionsOptions) {
    this.#rule = rule;
    this.#options = options;
    this.#sessions = new Sessions(options);
  }

  get needsToken(): boolean {
    return this.#rule.tokenNeeded;
  }

  isAllowed(c: Context): boolean {
    if (!this.#rule.tokenNeeded) return true;
    const bearer = bearerOf(c.req.header('Authorization'));
    return bearer === undefined ? this.hasSession(c) : isSame(bearer, this.#rule.token());
  }

  /** How somebody who is allowed has shown it. */
  who(c: Context): 'sandbox' | 'session' | 'token' {
    if (!this.#rule.tokenNeeded) return 'sandbox';
    return this.hasSession(c) ? 'session' : 'token';
  }

  hasSession(c: Context): boolean {
    const id = getCookie(c, cookieName);
    return id !== undefined && this.#sessionsOfToken().isOpen(id);
  }

  /** Opens a session and sets its cookie. False: the token is wrong, and nothing was done. */
  logIn(c: Context, token: string): boolean {
    if (!this.#rule.tokenNeeded || !isSame(token, this.#rule.token())) return false;
    setCookie(c, cookieName, this.#sessionsOfToken().open(), {
      path: '/',
      httpOnly: true,
      sameSite: 'Strict',
      maxAge: sessionLifeMs / 1000,
      // Behind a proxy that speaks TLS, the browser shall not send it in clear.
      secure: c.req.header('Origin')?.startsWith('https:') ?? false,
    });
    return true;
  }

  logOut(c: Context): void {
    const id = deleteCookie(c, cookieName, { path: '/' });
    if (id !== undefined) this.#sessions.close(id);
  }

  #sessionsOfToken(): Sessions {
    const token = this.#rule.tokenNeeded ? this.#rule.token() : '';
    if (token !== this.#token) this.#sessions = new Sessions(this.#options);
    this.#token = token;
    return this.#sessions;
  }
}

/** The token of RFC 6750 §2.1; undefined without one. */
function bearerOf(field: string | undefined): string | undefined {
  return /^Bearer +([^\s]+) *$/i.exec(field ?? '')?.[1];
}

/** Takes the same time wherever two texts differ; hashing makes their lengths equal. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
