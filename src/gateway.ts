// The composition root: makes the parts from the configuration, starts them, and stops them in reverse order.
import type { Config, Endpoint } from './config/config.ts';
import type { Secrets } from './config/secrets.ts';
import { openQueue } from './gateway-store.ts';
import type { Events } from './relay/ports.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import type { LogStream } from './telemetry/log.ts';

export interface GatewayOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly version: string;
  /** Of the process: for the proxy. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: standard output. */
  readonly logStream?: LogStream;
  /** Standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Called when the gateway can do nothing any more but be started again. */
  readonly onLost?: (error: Error) => void;
}

/** A gateway that runs. Its disposal drains it. */
export interface Gateway extends AsyncDisposable {
  readonly listeners: readonly (Endpoint & { readonly name: string })[];
  readonly telemetry?: Endpoint;
  readonly admin?: Endpoint;
  /** Present when a connection of type `sandbox` is configured. */
  readonly sandbox?: Sandbox;
  /** Where the token of the page lies; absent when none is asked for, or the configuration has it. */
  readonly adminTokenFile?: string;
  /** An address that this machine may send as; absent when it may not send. */
  readonly trySender?: string;
  readonly events: Events;
  /**
   * Takes up another configuration: mail that comes from now on follows it, mail that was accepted keeps its route.
   * Returns the keys whose change takes a restart; theirs stays as it was. Throws, and changes nothing, when one of its
   * connections cannot be made.
   */
  reload(loaded: LoadedConfig): readonly string[];
  /** A changed configuration was found wrong: the metrics say so. */
  reloadRefused(): void;
}

/** A configuration that was found right. */
export interface LoadedConfig {
  readonly config: Config;
  readonly secrets: Secrets;
}

/** Starts every part. Rejects, with a sentence for the operator and nothing left running, when one cannot start. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  await using starting = new AsyncDisposableStack();
  const opening = openQueue(options);
  starting.defer(async () => {
    const queue = await opening.catch(() => undefined);
    await queue?.store[Symbol.asyncDispose]();
  });
  // The thread of the queue opens its file while this one loads the rest, which takes longer.
  const [queue, { startParts }] = await Promise.all([opening, import('./gateway-start.ts')]);
  return await startParts({ ...options, queue }, starting);
}
