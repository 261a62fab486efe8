// The thread's loop: everything that came while one transaction was written goes into the next (group commit).
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { Backlog } from './backlog.ts';
import type { BackupCall, Engine } from './engine.ts';
import type { Call, Round } from './operations.ts';
import { toTrouble } from './trouble.ts';

/** The file gives room back to the disk once nothing was asked for this long. */
const idleMs = 1000;

/** Answers what comes in at `port` until it is asked to close; then it closes the port. */
export function serve(port: MessagePort, engine: Engine): void {
  const backlog = new Backlog();
  const idle = setTimeout(shrink, idleMs);
  let nextStep: NodeJS.Immediate | undefined;
  let copies = 0;
  let isOver = false;
  /** Copies that are at their first step. */
  const beginning = new Set<BackupCall>();

  port.on('message', (calls: readonly Call[]) => {
    clearImmediate(nextStep);
    idle.refresh();
    calls.forEach(take);
    work();
  });

  function take(call: Call): void {
    if (call.operation === 'backup') void copy(call);
    else backlog.add(call);
  }

  function work(): void {
    if (isOver || beginning.size > 0) return;
    do {
      drain(port, take);
      post(port, engine.answer(backlog.takeQuick()));
      const calls = backlog.takeRound();
      post(port, engine.run(calls));
      if (calls.some(({ operation }) => operation === 'close')) return stop();
      // A copy goes on in turns of the event loop.
      if (copies > 0 && !backlog.isEmpty) return void setImmediate(work);
    } while (!backlog.isEmpty || engine.hasLeftovers);
  }

  async function copy(call: BackupCall): Promise<void> {
    copies += 1;
    const firstStep = {
      begin: () => void beginning.add(call),
      end() {
        if (beginning.delete(call)) work();
      },
    };
    post(port, await engine.backup(call, firstStep));
    copies -= 1;
  }

  function shrink(): void {
    if (beginning.size > 0) return;
    try {
      if (engine.shrink()) nextStep = setImmediate(shrink);
    } catch (error) {
      post(port, { answers: [], troubles: [toTrouble(error)] });
    }
  }

  function stop(): void {
    isOver = true;
    clearTimeout(idle);
    port.close();
  }
}

/** Takes what has come meanwhile without a turn of the event loop. */
function drain(port: MessagePort, take: (call: Call) => void): void {
  for (;;) {
    const received: { message: readonly Call[] } | undefined = receiveMessageOnPort(port);
    if (received === undefined) return;
    received.message.forEach(take);
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
