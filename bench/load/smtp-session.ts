// A minimal SMTP client on a bare socket: one connection, commands in one group (RFC 2920), content in one write.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { BenchMessage } from './message.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Clients begin TLS before they send, each with a handshake of its own. */
  readonly startTls?: {
    /** PEM: what they trust. */
    readonly ca: string;
  };
}

/** What became of one message. */
export interface Handover {
  /** From the write with DATA in it to the last reply. */
  readonly latencyMs: number;
  /** The reply, when it was no 250. */
  readonly refusal: string | undefined;
}

export class SmtpSession {
  #socket: Socket;
  /** Text that is no whole line yet. */
  #rest = '';
  readonly #replies: string[] = [];
  #waiting: PromiseWithResolvers<string> | undefined;
  #end: Error | undefined;

  /** Connects and greets. Rejects when the server will not have it. */
  static async open({ host, port, startTls }: Endpoint): Promise<SmtpSession> {
    const session = new SmtpSession(connect({ host, port, noDelay: true }));
    await session.#expect('220');
    await session.#command('EHLO load.bench.example', '250');
    if (startTls) await session.#startTls(startTls.ca);
    return session;
  }

  private constructor(socket: Socket) {
    this.#socket = this.#listenTo(socket);
  }

  #listenTo(socket: Socket): Socket {
    socket.on('data', (text) => this.#take(text.toString('latin1')));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The server closed the connection')));
    return socket;
  }

  async #startTls(ca: string): Promise<void> {
    await this.#command('STARTTLS', '220');
    this.#socket.removeAllListeners('data');
    this.#socket = this.#listenTo(
      connectTls({ socket: this.#socket, ca, servername: 'localhost' }),
    );
    await this.#command('EHLO load.bench.example', '250');
  }

  /** Rejects when the connection breaks. */
  async send({ reversePath, forwardPath, wire }: BenchMessage): Promise<Handover> {
    const startedAt = performance.now();
    this.#socket.write(`MAIL FROM:<${reversePath}>\r\nRCPT TO:<${forwardPath}>\r\nDATA\r\n`);
    const mail = await this.#reply();
    const rcpt = await this.#reply();
    const data = await this.#reply();
    let refusal = [mail, rcpt].find((reply) => !reply.startsWith('250'));
    if (data.startsWith('354')) {
      this.#socket.write(wire);
      const last = await this.#reply();
      if (!last.startsWith('250')) refusal ??= last;
    } else refusal ??= data;
    return { latencyMs: performance.now() - startedAt, refusal };
  }

  async quit(): Promise<void> {
    await this.#command('QUIT', '221');
    this.#socket.end();
  }

  /** At once. */
  hangUp(): void {
    this.#socket.destroy();
  }

  async #command(line: string, code: string): Promise<void> {
    this.#socket.write(`${line}\r\n`);
    await this.#expect(code);
  }

  async #expect(code: string): Promise<void> {
    const reply = await this.#reply();
    if (!reply.startsWith(code)) throw new Error(`The server answered ${JSON.stringify(reply)}`);
  }

  /** The last line of the next reply. */
  #reply(): Promise<string> {
    const reply = this.#replies.shift();
    if (reply !== undefined) return Promise.resolve(reply);
    if (this.#end !== undefined) return Promise.reject(this.#end);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.charAt(3) !== '-') this.#deliver(line);
  }

  #deliver(reply: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#replies.push(reply);
    else waiting.resolve(reply);
  }

  #fail(error: Error): void {
    this.#end ??= error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
