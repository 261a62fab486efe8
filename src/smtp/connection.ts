// The library's connection, changed where it must be: greeting at once, true status codes, lenient paths, limits, drain.
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { SMTPServer } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection';
import type { Clock, SmtpStage } from '../relay/ports.ts';
import type { DataReader } from './data-reader.ts';
import { checkXtext } from './dsn.ts';
import { formatPathCommand, parsePathCommand } from './path.ts';
import { passPlainData } from './plain-data.ts';
import type { Holder } from './quotas.ts';
import { formatReply, type Rejection, type Reply } from './reply.ts';
import { badForwardPath, badReversePath } from './transaction.ts';

/** A no, and the command that it was said to. */
export type StagedRejection = Rejection & {
  readonly stage: SmtpStage;
  readonly client?: string;
  /** MAIL FROM, where it is known. */
  readonly sender?: string;
};

/** What a connection asks and tells its listener. */
export interface ConnectionRules {
  readonly clock: Clock;
  readonly draining: boolean;
  /** Why a new connection cannot stay. */
  refuseConnection(connection: Connection): Rejection | undefined;
  /** Why nobody can log in on it now. */
  refuseLogin(connection: Connection): Rejection | undefined;
  /** Nothing may be said in clear but what leads to TLS. */
  readonly tlsRequired: boolean;
  opened(connection: Connection): void;
  closed(connection: Connection): void;
  rejected(connection: Connection, rejection: StagedRejection): void;
}

/** Commands that move no mail: as Postfix limits them (`smtpd_junk_command_limit`). */
const junkCommands: ReadonlySet<string> = new Set([
  'NOOP',
  'RSET',
  'VRFY',
  'HELP',
  'EHLO',
  'HELO',
  'AUTH',
]);
const maxJunkCommands = 100;

/** Those that need TLS where it is required (RFC 3207 §4), and where they belong. */
const stages: ReadonlyMap<string, SmtpStage> = new Map([
  ['AUTH', 'auth'],
  ['MAIL', 'mail'],
  ['RCPT', 'rcpt'],
  ['DATA', 'data'],
]);

const startTlsFirst: Rejection = {
  reply: { code: 530, status: '5.7.0', text: 'Must issue a STARTTLS command first' },
  reason: 'tlsRequired',
  diagnostic: 'The client did not start TLS, which the listener requires',
};

const badXtext =
  'ENVID or ORCPT is no xtext, or hides a character that is not printable (RFC 3461)';

const startsWithStatus = /^[245]\.\d{1,3}\.\d{1,3} /;

const startTlsReady = 220;

/** For the handshake after STARTTLS. */
const startTlsMs = 30_000;

/** A client that does not hang up when we do is given this long to read why. */
const lingerMs = 2_000;

export const shuttingDown: Reply = {
  code: 421,
  status: '4.3.2',
  text: 'Shutting down; try again later',
};
const tooMuchJunk: Reply = { code: 421, status: '4.7.0', text: 'Too many commands without mail' };
const idleTooLong: Reply = { code: 421, status: '4.4.2', text: 'No command for too long' };

/** One for all: without it each abort makes an exception with its stack. */
const clientGone = new Error('The client has gone');

type ParsedPath = ReturnType<SMTPConnection['_parseAddressCommand']>;
type ParameterError = ReturnType<SMTPConnection['_validateMailParams']>;

export class Connection extends SMTPConnection {
  /** The message that is being received. */
  data: DataReader | undefined;
  loginFailures = 0;
  /** At what it counts: the listener's affair. */
  holder: Holder | undefined;
  /** Aborted when the connection is gone. */
  readonly signal: AbortSignal;
  readonly #gone = new AbortController();
  readonly #rules: ConnectionRules;
  #opened = false;
  #topSocket: Socket;
  #junk = 0;
  /** Epoch ms since which the client owes us a command. */
  #idleSince: number;

  constructor(
    server: SMTPServer,
    socket: Socket | TLSSocket,
    {
      library,
      rules,
    }: { readonly library: SMTPConnectionOptions | null; readonly rules: ConnectionRules },
  ) {
    super(server, socket, library);
    this.#rules = rules;
    this.#topSocket = socket;
    this.#idleSince = rules.clock.now();
    this.signal = this.#gone.signal;
  }

  get isOver(): boolean {
    return this._closing || this._closed;
  }

  /** As the library's, without the 100 ms before the greeting. One turn of the loop finds those who talk before it. */
  override init(): void {
    this._setListeners(() => {
      const rejection = this.#rules.refuseConnection(this);
      if (rejection) return this.#reject('connect', rejection);
      this.#opened = true;
      this.#rules.opened(this);
      setImmediate(() => {
        if (!this.isOver) this.connectionReady();
      });
    });
  }

  /** The library adds a status of its own to every text, often the wrong one: a text that has one keeps it. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    this.#gatherReplies(code);
    if (typeof data === 'string' && startsWithStatus.test(data)) super.send(code, data, false);
    else if (code === 421 && !String(data).startsWith('Timeout')) {
      super.send(code, `4.7.0 ${String(data)}`, false);
    } else super.send(code, data, context);
  }

  reply(reply: Reply): void {
    this.send(reply.code, formatReply(reply));
  }

  /** Says why, and hangs up. What the client still sends is discarded, so that it can read the reply. */
  hangUp(reply: Reply): void {
    this.reply(reply);
    this.close();
    const { clock } = this.#rules;
    void clock.wait(lingerMs, { signal: this.signal }).then(() => this.destroy());
  }

  /** While the listener drains: takes leave, unless the client waits for an answer or a message is under way. */
  leaveWhenIdle(): void {
    if (this._upgrading) return this.destroy();
    if (this._dataStream || this._handlerPending || this.isOver) return;
    this.hangUp(shuttingDown);
  }

  /** Hangs up on a client that has not finished a command for too long: bytes alone do not count. */
  checkIdle(now: number, idleTimeoutMs: number): void {
    if (this._dataStream || this._handlerPending || this.isOver) this.#idleSince = now;
    else if (this._upgrading && now - this.#idleSince > startTlsMs) this.destroy();
    else if (now - this.#idleSince > idleTimeoutMs) this.hangUp(idleTooLong);
  }

  /** A message came through: what was junk before is forgiven. */
  forgiveJunk(): void {
    this.#junk = 0;
  }

  /** While TLS is being agreed on, the socket below must not be torn away: that crashes Node. */
  destroy(): void {
    this.#topSocket.destroy();
  }

  /** The library arms it for the TLS socket of STARTTLS, too, and tells of that in no other way. */
  override _armTimeout(socket: Socket = this._socket): void {
    this.#topSocket = socket;
    super._armTimeout(socket);
  }

  override _createParser(): ReturnType<SMTPConnection['_createParser']> {
    const parser = super._createParser();
    passPlainData(parser);
    return parser;
  }

  override _onCommand(command: Buffer, callback: () => void = () => undefined): void {
    if (!this._ready || this._upgrading) return super._onCommand(command, callback);
    this.#idleSince = this.#rules.clock.now();
    if (this.#rules.draining) return this.hangUp(shuttingDown);
    const refusal = this.#refuseCommand(command);
    if (refusal === undefined) return super._onCommand(command, () => this.#next(callback));
    this.reply(refusal);
    if (refusal.code !== 421) setImmediate(() => this._whenWritable(callback));
  }

  /**
   * The replies to commands that came together leave together (RFC 2920 §3.2): each write is a system call, and a packet.
   * The one to STARTTLS must be out before the handshake.
   */
  #gatherReplies(code: number): void {
    const socket = this._socket;
    if (code === startTlsReady) {
      while (socket.writableCorked > 0) socket.uncork();
    } else if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
  }

  #next(callback: () => void): void {
    if (this.#rules.draining) this.leaveWhenIdle();
    callback();
  }

  #refuseCommand(command: Buffer): Reply | undefined {
    // The lines of an AUTH exchange are no commands.
    if (this._nextHandler !== false) return undefined;
    const verb = command.toString('latin1').split(' ', 1)[0]?.toUpperCase() ?? '';
    if (junkCommands.has(verb) && ++this.#junk > maxJunkCommands) return tooMuchJunk;
    const stage = stages.get(verb);
    if (stage === undefined) return undefined;
    const rejection = this.#refuse(verb, command);
    if (rejection) this.#rules.rejected(this, { ...rejection, stage });
    return rejection?.reply;
  }

  #refuse(verb: string, command: Buffer): Rejection | undefined {
    if (this.#rules.tlsRequired && !this.secure) return startTlsFirst;
    if (verb === 'AUTH') return this.#rules.refuseLogin(this);
    const parameters = parsePathCommand(command.toString())?.parameters ?? '';
    const reply = checkXtext(parameters);
    return reply && { reply, reason: 'badAddress', diagnostic: badXtext };
  }

  /** AUTH is offered where it would be taken. */
  override _isDisabled(command: string): boolean {
    const needsTls = this.#rules.tlsRequired && !this.secure;
    if (command === 'AUTH' && (needsTls || this.#rules.refuseLogin(this))) return true;
    return super._isDisabled(command);
  }

  override _parseAddressCommand(name: string, line: Buffer | string): ParsedPath {
    const command = parsePathCommand(line.toString());
    const parsed = super._parseAddressCommand(name, command ? formatPathCommand(command) : line);
    const isMail = name === 'mail from';
    if (command && parsed && (isMail || parsed.address)) {
      // As it came: the library decodes A-labels, and what they hide would be lost.
      return { ...parsed, address: command.path };
    }
    const path = command?.path ?? line.toString().slice(name.length);
    this.#rules.rejected(this, {
      ...(isMail ? badReversePath(path) : badForwardPath(path)),
      stage: isMail ? 'mail' : 'rcpt',
    });
    return false;
  }

  override _validateMailParams(parsed: Exclude<ParsedPath, false>): ParameterError {
    const error = super._validateMailParams(parsed);
    if (error?.code === 552) {
      this.#rules.rejected(this, { ...tooLargeBySize(parsed.args), stage: 'mail' });
    }
    return error;
  }

  override _onClose(): void {
    const first = !this._closed;
    super._onClose();
    if (!first) return;
    this.#gone.abort(clientGone);
    if (this.#opened) this.#rules.closed(this);
  }

  #reject(stage: SmtpStage, rejection: Rejection): void {
    this.hangUp(rejection.reply);
    this.#rules.rejected(this, { ...rejection, stage });
  }
}

function tooLargeBySize(parameters: false | Readonly<Record<string, string | true>>): Rejection {
  const size = parameters === false ? '' : String(parameters['SIZE']);
  return {
    reply: { code: 552, status: '5.3.4', text: 'The message is too large' },
    reason: 'tooLarge',
    diagnostic: `The client announced a message of ${size} bytes`,
  };
}
