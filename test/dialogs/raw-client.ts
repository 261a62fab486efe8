// An SMTP client that does what it is told, byte by byte.
import { connect, type Socket } from 'node:net';
import { connect as connectOverTls, type ConnectionOptions } from 'node:tls';
import type { Endpoint } from '../../src/config/config.ts';

export interface RawClient extends Disposable {
  readonly socket: Socket;
  /** Writes bytes as they are; resolves when the system has taken them. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** The next line, without its line end; undefined when the server has closed. */
  readLine(): Promise<string | undefined>;
  /** The next reply, its lines joined by LF; undefined when the server has closed. */
  read(): Promise<string | undefined>;
  /** Writes one command and reads its reply. */
  say(command: string): Promise<string | undefined>;
  /** Says several commands, each after the reply to the one before; returns the replies. */
  sayAll(...commands: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Everything until the server closes. */
  readAll(): Promise<string>;
}

/** Connects, and reads nothing yet: not the greeting either. With `allowHalfOpen` it stays when the server has closed. */
export async function connectRaw(
  { host, port }: Endpoint,
  { allowHalfOpen = false }: { readonly allowHalfOpen?: boolean } = {},
): Promise<RawClient> {
  const socket = connect({ host, port, allowHalfOpen, noDelay: true });
  const lines = createLines(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return createClient(socket, lines);
}

/** Connects, and has read the greeting. */
export async function connectGreeted(endpoint: Endpoint): Promise<RawClient> {
  const client = await connectRaw(endpoint);
  await client.read();
  return client;
}

/** Connects to a listener that begins with TLS. Rejects when the handshake fails. */
export async function connectTls(
  { host, port }: Endpoint,
  options: ConnectionOptions = {},
): Promise<RawClient> {
  return await secure({ host, port, ...options });
}

/** Says STARTTLS, with what is to travel in clear behind it, and goes on over TLS. Rejects when the handshake fails. */
export async function startTls(
  client: RawClient,
  { injected = '', ...options }: ConnectionOptions & { readonly injected?: string } = {},
): Promise<RawClient> {
  await client.write(`STARTTLS\r\n${injected}`);
  const reply = await client.read();
  if (!reply?.startsWith('220 ')) throw new Error(reply);
  client.socket.removeAllListeners('data');
  return await secure({ socket: client.socket, ...options });
}

async function secure(options: ConnectionOptions): Promise<RawClient> {
  const socket = connectOverTls({ rejectUnauthorized: false, ...options });
  const lines = createLines(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return createClient(socket, lines);
}

function createClient(socket: Socket, readLine: () => Promise<string | undefined>): RawClient {
  async function write(bytes: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  }
  async function read(): Promise<string | undefined> {
    const lines: string[] = [];
    for (;;) {
      const line = await readLine();
      if (line === undefined) return undefined;
      lines.push(line);
      if (line[3] !== '-') return lines.join('\n');
    }
  }
  async function say(command: string): Promise<string | undefined> {
    await write(`${command}\r\n`);
    return await read();
  }
  return {
    socket,
    write,
    readLine,
    read,
    say,
    async sayAll(...commands) {
      const replies: (string | undefined)[] = [];
      for (const command of commands) replies.push(await say(command));
      return replies;
    },
    async readAll() {
      const all: string[] = [];
      for (let line = await readLine(); line !== undefined; line = await readLine()) all.push(line);
      return all.join('\n');
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** Lines as they come; what has come before anybody asks is kept. */
function createLines(socket: Socket): () => Promise<string | undefined> {
  const lines: string[] = [];
  let rest = '';
  let closed = false;
  let wake: () => void = () => undefined;
  socket.on('data', (bytes: Buffer) => {
    const parts = (rest + bytes.toString()).split('\r\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    wake();
  });
  socket.on('close', () => {
    closed = true;
    wake();
  });
  return async () => {
    while (lines.length === 0 && !closed) {
      await new Promise<void>((resolve) => (wake = resolve));
    }
    return lines.shift();
  };
}
