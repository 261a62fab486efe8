// The library's server, with our connections, and handlers that are given the connection instead of its session.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerAuthentication,
  type SMTPServerAuthenticationResponse,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection';
import type { Networks } from '../core/condition.ts';
import { Connection, type ConnectionRules } from './connection.ts';
import { readProxyHeader } from './proxy-header.ts';
import { badProxyHeader, formatReply } from './reply.ts';

/** Called back without error: yes. An error with a `responseCode` is the reply. */
export type Decide = (error?: Error | null) => void;
export type DecideLogin = (
  error: Error | null,
  response?: SMTPServerAuthenticationResponse,
) => void;
export type DecideMessage = (error: Error | null, text?: string) => void;

/** Each calls back exactly once, and never throws. */
export interface CommandHandlers {
  onAuth(auth: SMTPServerAuthentication, connection: Connection, decide: DecideLogin): void;
  onMailFrom(path: SMTPServerAddress, connection: Connection, decide: Decide): void;
  onRcptTo(recipient: SMTPServerAddress, connection: Connection, decide: Decide): void;
  onData(stream: SMTPServerDataStream, connection: Connection, decide: DecideMessage): void;
}

/** What is asked and told before there is a connection. */
export interface HandshakeRules {
  /** Whose PROXY header is believed. */
  readonly proxies: Networks | undefined;
  /** Whether a socket must go before its TLS handshake; `wait`: those of the same address whose handshake is under way. */
  refusesHandshake(ip: string, wait: number): boolean;
  /** There was no session, or no TLS in it. */
  handshakeFailed(ip: string, error: Error): void;
}

type Rules = ConnectionRules & CommandHandlers & HandshakeRules;
type ProxyCallback = Parameters<SMTPServer['_handleProxy']>[1];
type UpgradeCallback = Parameters<SMTPServer['_upgrade']>[1];

/** For the PROXY header, and for the TLS handshake. */
const handshakeMs = 30_000;
const refusalLingerMs = 1_000;

export class Server extends SMTPServer {
  readonly #handlers: Rules;
  /** By session id, until the socket is closed. */
  readonly #open = new Map<string, Connection>();
  /** Epoch ms since which a socket has no connection yet. */
  readonly #pendingSince = new WeakMap<Socket, number>();

  constructor(options: SMTPServerOptions, handlers: Rules) {
    super(options);
    this.#handlers = handlers;
  }

  /** All whose socket is not closed yet, those that were hung up on included. */
  get open(): readonly Connection[] {
    return [...this.#open.values()];
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new Connection(this, socket, {
      library: options ?? null,
      rules: this.#handlers,
    });
    this.connections.add(connection);
    this.#open.set(connection.id, connection);
    connection.signal.addEventListener('abort', () => this.#open.delete(connection.id));
    // A socket that breaks also closes, and that is seen.
    connection.on('error', (error: Error) => {
      if ('meta' in error) this.#handlers.handshakeFailed(connection.remoteAddress, error);
    });
    connection.init();
  }

  /** Ends what has not become a connection in time; all that have not, without `now`. */
  endPending(now?: number): void {
    for (const [socket, top] of this._pendingSockets) {
      const since = this.#pendingSince.get(socket);
      if (since === undefined && now !== undefined) this.#pendingSince.set(socket, now);
      // The one on top: a TLS socket must not lose what is below it.
      else if (now === undefined || now - (since ?? now) > handshakeMs) top.destroy();
    }
  }

  /** Nothing can be said before TLS: who is one too many is dropped. */
  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    const mayBeRefused = handshake && !this._expectsProxyHeader(socket);
    const ip = toPlainIp(socket.remoteAddress ?? '');
    if (!mayBeRefused || !this.#handlers.refusesHandshake(ip, this.#countPending(ip))) {
      return super._acceptSocket(socket, handshake);
    }
    socket.on('error', () => undefined);
    socket.destroy();
    return false;
  }

  #countPending(ip: string): number {
    const sockets = [...this._pendingSockets.keys()];
    return sockets.filter(({ remoteAddress = '' }) => toPlainIp(remoteAddress) === ip).length;
  }

  override _expectsProxyHeader(socket: Socket): boolean {
    return this.#handlers.proxies?.has(toPlainIp(socket.remoteAddress ?? '')) ?? false;
  }

  /** Stricter than the library's, and its no is one of SMTP. */
  override _handleProxy(socket: Socket, callback: ProxyCallback): void {
    if (!this._expectsProxyHeader(socket)) return super._handleProxy(socket, callback);
    void readProxyHeader(socket).then((header) => {
      if (header === undefined) return this.#refuseProxy(socket, callback);
      const id = randomBytes(10).toString('hex');
      if (header.kind === 'unknown') callback(null, { id });
      else callback(null, { id, remoteAddress: header.ip, remotePort: header.port });
    });
  }

  /** A socket that has gone by now must not be upgraded: that crashes Node. */
  override _upgrade(socket: Socket, callback: UpgradeCallback): void {
    const ip = toPlainIp(socket.remoteAddress ?? '');
    if (socket.destroyed) return callback(Object.assign(new Error('Gone'), { meta: {} }));
    super._upgrade(socket, (error, tlsSocket) => {
      if (error) this.#handlers.handshakeFailed(ip, error);
      callback(error, tlsSocket);
    });
  }

  #refuseProxy(socket: Socket, callback: ProxyCallback): void {
    const error = new Error('The proxy sent no valid PROXY header');
    this.#handlers.handshakeFailed(toPlainIp(socket.remoteAddress ?? ''), error);
    socket.end(`${badProxyHeader.code} ${formatReply(badProxyHeader)}\r\n`);
    // What still comes is discarded: unread, it would cut the reply off.
    socket.resume();
    setTimeout(() => socket.destroy(), refusalLingerMs).unref();
    callback(error);
  }

  override onAuth(
    auth: SMTPServerAuthentication,
    session: SMTPServerSession,
    decide: DecideLogin,
  ): void {
    this.#handlers.onAuth(auth, this.#connectionOf(session), decide);
  }

  override onMailFrom(path: SMTPServerAddress, session: SMTPServerSession, decide: Decide): void {
    this.#handlers.onMailFrom(path, this.#connectionOf(session), later(decide));
  }

  override onRcptTo(path: SMTPServerAddress, session: SMTPServerSession, decide: Decide): void {
    this.#handlers.onRcptTo(path, this.#connectionOf(session), later(decide));
  }

  override onData(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    decide: DecideMessage,
  ): void {
    this.#handlers.onData(stream, this.#connectionOf(session), decide);
  }

  /** A closed connection dispatches no more commands: whoever has one is open. */
  #connectionOf(session: SMTPServerSession): Connection {
    const connection = this.#open.get(session.id);
    if (connection) return connection;
    throw new Error('A command came from a closed connection');
  }
}

/** IPv4 without the `::ffff:` prefix. */
function toPlainIp(ip: string): string {
  return ip.replace(/^::ffff:/i, '');
}

/**
 * Calls back, but not at once: the library's parser is not reentrant. A whole message that is pipelined behind another
 * would be taken within `continue()` of the first, and the session would hang after it.
 */
function later(decide: Decide): Decide {
  return (error) => queueMicrotask(() => decide(error));
}
