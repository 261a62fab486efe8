// The least that can send by Graph: shows what the simulator itself can do at most.
import { answerParent } from '../children.ts';
import { createMessage, type Batch } from '../load/message.ts';
import type { SimulatorEndpoints } from '../simulator/protocol.ts';
import { GraphClient } from './graph-client.ts';

export type PostPart = {
  /** Sends the batch straight to the simulator; resolves with epoch ms of the first request. */
  post(ask: { simulator: SimulatorEndpoints; batch: Batch }): Promise<{ startedAt: number }>;
};

answerParent<PostPart>({ post });

async function post({ simulator, batch }: Parameters<PostPart['post']>[0]) {
  const graph = await GraphClient.connect(simulator);
  const messages = Array.from({ length: batch.count }, (_, number) => createMessage(batch, number));
  const startedAt = performance.timeOrigin + performance.now();
  await Promise.all(
    messages.map(({ reversePath, wire }) => graph.send(reversePath, unstuff(wire))),
  );
  return { startedAt };
}

/** Without the closing dot, and without the one dot too many. */
function unstuff(wire: Buffer): Buffer {
  const stuffed = wire.indexOf('\r\n..') + 2;
  return Buffer.concat([wire.subarray(0, stuffed), wire.subarray(stuffed + 1, -3)]);
}
