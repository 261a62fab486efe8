// The audit log of what somebody does with the queue of a gateway that does not run: on standard error, in the log's own form.
import type { LogConfig } from '../config/config.ts';
import type { Events } from '../relay/ports.ts';
import { createLog } from '../telemetry/log.ts';

export interface AuditIo {
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly now: () => number;
}

/** Whatever the level of the log: who acted is told always. */
export function createAuditLog(
  config: LogConfig,
  { stderr, now }: AuditIo,
): Events['operatorActed'] {
  const log = createLog({
    ...config,
    level: 'info',
    isTerminal: stderr.isTTY === true,
    clock: { now },
    stream: { write: (line) => void stderr.write(line) },
  });
  return ({ by, action, what, deliveries }) =>
    log.write('info', 'operator.acted', { by, action, what, deliveries });
}
