// The thread's loop: everything that came while one transaction was written goes into the next (group commit).
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { Backlog } from './backlog.ts';
import type { Engine } from './engine.ts';
import type { Call, Round } from './operations.ts';
import { toTrouble } from './trouble.ts';

/** The file gives room back to the disk once nothing was asked for this long. */
const idleMs = 1000;

/** Answers what comes in at `port` until it is asked to close; then it closes the port. */
export function serve(port: MessagePort, engine: Engine): void {
  const backlog = new Backlog();
  const idle = setTimeout(shrink, idleMs);
  let nextStep: NodeJS.Immediate | undefined;

  port.on('message', (call: Call) => {
    clearImmediate(nextStep);
    idle.refresh();
    backlog.add(call);
    work();
  });

  function work(): void {
    do {
      drain(port, backlog);
      const calls = backlog.takeRound();
      post(port, engine.run(calls));
      if (calls.some(({ operation }) => operation === 'close')) return stop();
    } while (!backlog.isEmpty || engine.hasLeftovers);
  }

  function shrink(): void {
    try {
      if (engine.shrink()) nextStep = setImmediate(shrink);
    } catch (error) {
      post(port, { answers: [], troubles: [toTrouble(error)] });
    }
  }

  function stop(): void {
    clearTimeout(idle);
    port.close();
  }
}

/** Takes what has come meanwhile without a turn of the event loop. */
function drain(port: MessagePort, backlog: Backlog): void {
  for (;;) {
    const received: { message: Call } | undefined = receiveMessageOnPort(port);
    if (received === undefined) return;
    backlog.add(received.message);
  }
}

function post(port: MessagePort, round: Round): void {
  if (round.answers.length + round.troubles.length === 0) return;
  port.postMessage(round, buffersIn(round));
}

/** Buffers that were lent, and chunks that were read, travel without a copy. */
function buffersIn({ answers }: Round): ArrayBuffer[] {
  return answers.flatMap((answer) => {
    const value = 'value' in answer ? answer.value : undefined;
    if (value instanceof Uint8Array && value.buffer instanceof ArrayBuffer) return [value.buffer];
    return value instanceof ArrayBuffer ? [value] : [];
  });
}
