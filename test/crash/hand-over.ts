// One message over a connection of its own, and what the gateway says to it.
import { connectGreeted } from '../dialogs/raw-client.ts';

export interface HandOverOptions {
  readonly port: number;
  readonly sender: string;
  /** Its Subject. */
  readonly id: string;
  /** Default: a short one. */
  readonly bodyBytes?: number;
}

const lineBytes = 1_000;

/** The first reply that is a no, else the one to the dot; undefined when the connection broke before it. */
export async function handOverOne(options: HandOverOptions): Promise<string | undefined> {
  const { port, sender, id, bodyBytes = 0 } = options;
  using client = await connectGreeted({ host: '127.0.0.1', port });
  const body = `${'x'.repeat(lineBytes - 2)}\r\n`.repeat(Math.ceil(bodyBytes / lineBytes));
  const commands = [
    'EHLO client.example',
    `MAIL FROM:<${sender}>`,
    'RCPT TO:<ann@example.com>',
    'DATA',
    `From: ${sender}\r\nTo: ann@example.com\r\nSubject: ${id}\r\n\r\nx\r\n${body}.`,
  ];
  let reply: string | undefined;
  for (const command of commands) {
    reply = await client.say(command);
    if (reply === undefined || !/^[23]/.test(reply)) return reply;
  }
  return reply;
}
