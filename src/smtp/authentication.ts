// AUTH (RFC 4954): where it is offered, what a try comes to, and what client and log are told of it.
import type { SMTPServerAuthentication, SMTPServerAuthenticationResponse } from 'smtp-server';
import type { ListenerConfig } from '../config/config.ts';
import type { Clock, Events } from '../relay/ports.ts';
import { anyLogin, type Login } from './clients.ts';
import type { Connection } from './connection.ts';
import { Logins, type LoginResult, type LoginSettings } from './logins.ts';
import { formatReply, formatReplyLine, toSmtpError, type Rejection, type Reply } from './reply.ts';
import type { DecideLogin } from './server.ts';

type Auth = SMTPServerAuthentication;
type Result = Parameters<Events['loginAttempted']>[0]['result'];

export interface AuthenticationParts {
  readonly listener: ListenerConfig;
  readonly events: Events;
  readonly clock: Clock;
  /** Finds a place for a connection that has just logged in, or says why there is none. */
  readonly admit: (connection: Connection, login: Login) => Rejection | undefined;
}

/** On one connection; the last one ends it. */
const maxFailures = 5;

const maxLoggedLength = 255;

export class Authentication {
  readonly #parts: AuthenticationParts;
  readonly #logins: Logins;
  #settings: LoginSettings;

  constructor(settings: LoginSettings, parts: AuthenticationParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#logins = new Logins(settings, parts.clock);
  }

  configure(settings: LoginSettings): void {
    this.#settings = settings;
    this.#logins.configure(settings);
  }

  /** Why nobody can log in on this connection; undefined when somebody can, and AUTH is offered. */
  refuse({
    secure,
    remoteAddress,
  }: Pick<Connection, 'secure' | 'remoteAddress'>): Rejection | undefined {
    if (!anyLogin(this.#settings.clients)) return noLogins;
    const isSafe = secure || isThisMachine(remoteAddress);
    return isSafe || this.#parts.listener.loginWithoutTls ? undefined : needsTls;
  }

  onAuth(auth: Auth, connection: Connection, decide: DecideLogin): void {
    this.#logIn(auth, connection).then(
      (response) => decide(null, response),
      (error: unknown) => {
        this.#parts.events.fault({ where: 'smtp', error });
        this.#report(auth, connection, 'error');
        decide(toSmtpError(broken));
      },
    );
  }

  async #logIn(auth: Auth, connection: Connection): Promise<SMTPServerAuthenticationResponse> {
    const result = await this.#attempt(auth, connection);
    this.#report(auth, connection, result.kind);
    if (result.kind === 'success') return this.#welcome(connection, result.login);
    connection.loginFailures++;
    const reply = connection.loginFailures >= maxFailures ? lastFailure : replies[result.kind];
    return { responseCode: reply.code, message: formatReply(reply) };
  }

  #welcome(connection: Connection, login: Login): SMTPServerAuthenticationResponse {
    const rejection = this.#parts.admit(connection, login);
    if (rejection === undefined) return { user: login };
    const listener = this.#parts.listener.name;
    const { reply, reason, diagnostic } = rejection;
    this.#parts.events.refused({
      listener,
      ip: connection.remoteAddress,
      session: connection.id,
      stage: 'auth',
      reason,
      status: reply.status,
      reply: formatReplyLine(reply),
      diagnostic,
    });
    return { responseCode: reply.code, message: formatReply(reply) };
  }

  async #attempt(auth: Auth, connection: Connection): Promise<LoginResult> {
    const { username = '', password, authcid, authzid } = auth;
    // RFC 4616 §2: nobody may act as somebody else here.
    if (authcid && authzid && authcid !== authzid) return { kind: 'badCredentials' };
    const credentials = { username, password: password ?? '', ip: connection.remoteAddress };
    return await this.#logins.attempt(credentials, { signal: connection.signal });
  }

  #report({ method, username = '' }: Auth, connection: Connection, result: Result): void {
    this.#parts.events.loginAttempted({
      listener: this.#parts.listener.name,
      ip: connection.remoteAddress,
      session: connection.id,
      mechanism: method,
      username: username.slice(0, maxLoggedLength),
      result,
    });
  }
}

/** RFC 4954 §4, for a password that would travel in clear. */
const needsTls: Rejection = {
  reply: { code: 538, status: '5.7.11', text: 'Passwords are taken over TLS only' },
  reason: 'badCredentials',
  diagnostic: 'A login in clear was refused: use TLS, or set loginWithoutTls on the listener',
};

const noLogins: Rejection = {
  reply: { code: 502, status: '5.5.1', text: 'There are no logins here: send without one' },
  reason: 'badCredentials',
  diagnostic: 'A client tried to log in, but no client has a login',
};

const lastFailure: Reply = { code: 421, status: '4.7.0', text: 'Too many failed logins' };

const broken: Reply = {
  code: 454,
  status: '4.7.0',
  text: 'Logging in does not work just now; try again later',
};

const replies: Readonly<Record<'badCredentials' | 'locked', Reply>> = {
  badCredentials: { code: 535, status: '5.7.8', text: 'User name or password is wrong' },
  locked: { code: 454, status: '4.7.0', text: 'Too many failed logins; try again later' },
};

function isThisMachine(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1';
}
