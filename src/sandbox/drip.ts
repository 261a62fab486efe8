// An answer that trickles: as slow as a service in trouble, or a line that is used up.
import { STATUS_CODES, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface DripOptions {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Ms before each byte. */
  readonly everyMs: number;
}

/** Writes head and body byte by byte past `response`, and ends the connection. Stops when the client goes away. */
export async function drip(response: ServerResponse, options: DripOptions): Promise<void> {
  const { socket } = response;
  if (socket === null) return;
  const { status, headers, body, everyMs } = options;
  const fields = Object.entries({ ...headers, connection: 'close' });
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n`;
  for (const byte of Buffer.concat([Buffer.from(head), body])) {
    if (!socket.writable) return;
    socket.write(Uint8Array.of(byte));
    await delay(everyMs);
  }
  socket.end();
}
