// The library's server, with our connections, and handlers that are given the connection instead of its session.
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
import { Connection, type ConnectionRules } from './connection.ts';

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
  onMailFrom(path: string, connection: Connection, decide: Decide): void;
  onRcptTo(path: string, connection: Connection, decide: Decide): void;
  onData(stream: SMTPServerDataStream, connection: Connection, decide: DecideMessage): void;
}

export class Server extends SMTPServer {
  readonly #handlers: ConnectionRules & CommandHandlers;
  /** By session id, until the socket is closed. */
  readonly #open = new Map<string, Connection>();

  constructor(options: SMTPServerOptions, handlers: ConnectionRules & CommandHandlers) {
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
    connection.on('error', () => undefined);
    connection.init();
  }

  override onAuth(
    auth: SMTPServerAuthentication,
    session: SMTPServerSession,
    decide: DecideLogin,
  ): void {
    this.#handlers.onAuth(auth, this.#connectionOf(session), decide);
  }

  override onMailFrom(path: SMTPServerAddress, session: SMTPServerSession, decide: Decide): void {
    this.#handlers.onMailFrom(path.address, this.#connectionOf(session), later(decide));
  }

  override onRcptTo(path: SMTPServerAddress, session: SMTPServerSession, decide: Decide): void {
    this.#handlers.onRcptTo(path.address, this.#connectionOf(session), later(decide));
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

/**
 * Calls back, but not at once: the library's parser is not reentrant. A whole message that is pipelined behind another
 * would be taken within `continue()` of the first, and the session would hang after it.
 */
function later(decide: Decide): Decide {
  return (error) => queueMicrotask(() => decide(error));
}
