// Hands a message to a listener for all its recipients, by as many transactions as the listener wants.
import { Readable } from 'node:stream';
import {
  handOver,
  type HandedMessage,
  type HandedOver,
  type HandOverOptions,
} from '../smarthost/hand-over.ts';

/** A message that can be given more than once. */
export interface KeptMessage extends Omit<HandedMessage, 'content'> {
  readonly pieces: readonly Uint8Array[];
}

/** Who is one too many for a message gets the next one (RFC 5321 §4.5.3.1.10). */
export async function handOverToAll(
  { pieces, ...message }: KeptMessage,
  server: HandOverOptions,
): Promise<HandedOver> {
  const refused: { forwardPath: string; reply: string }[] = [];
  let forwardPaths = message.forwardPaths;
  for (;;) {
    const content = Readable.from(pieces, { objectMode: false });
    const answer = await handOver({ ...message, forwardPaths, content }, server);
    const isFirst = forwardPaths === message.forwardPaths;
    if (answer.kind === 'refused') {
      if (isFirst) return answer;
      refused.push(...forwardPaths.map((forwardPath) => ({ forwardPath, reply: answer.text })));
      return { kind: 'taken', reply: 'in part', refused };
    }
    const tooMany = answer.refused.filter(({ reply }) => reply.startsWith('452'));
    refused.push(...answer.refused.filter((each) => !tooMany.includes(each)));
    if (tooMany.length === 0) return { ...answer, refused };
    forwardPaths = tooMany.map(({ forwardPath }) => forwardPath);
  }
}
