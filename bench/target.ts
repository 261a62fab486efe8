// An SMTP server that is measured: one process, several that share a queue, or a program of others.
import type { RunningGateway } from './gateway.ts';
import type { Endpoint } from './load/smtp-session.ts';

export interface Target extends AsyncDisposable {
  /** Clients are spread over them in turns. */
  readonly endpoints: readonly Endpoint[];
  /** Of its processes; undefined for those that are not known. */
  readonly pids: readonly (number | undefined)[];
  /** How many messages it has sent on so far, where it does not send to the simulator. */
  readonly sentOn?: () => number;
  /** What it complained of. */
  troubles?(): Promise<readonly string[]>;
}

export function targetOf(gateways: readonly RunningGateway[]): Target {
  return {
    endpoints: gateways.map(({ endpoint }) => endpoint),
    pids: gateways.map(({ pid }) => pid),
    troubles: async () => (await Promise.all(gateways.map((gateway) => gateway.troubles()))).flat(),
    async [Symbol.asyncDispose]() {
      await Promise.all(gateways.map((gateway) => gateway[Symbol.asyncDispose]()));
    },
  };
}
