// The composition root: makes the parts from the configuration, starts them, and stops them in reverse order.
import type { Config, Endpoint } from './config/config.ts';
import type { Secrets } from './config/secrets.ts';
import { startTelemetry, startAdmin, needsTokenFile, trySenderOf } from './gateway-http.ts';
import { startListeners } from './gateway-listeners.ts';
import { createParts } from './gateway-parts.ts';
import { reload } from './gateway-reload.ts';
import { adminTokenFileOf } from './http/admin-token.ts';
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
  const parts = await createParts(options, starting);
  const telemetry = await startTelemetry(options, parts, starting);
  const listeners = await startListeners(options, parts, starting);
  parts.readiness.listening = true;
  const admin = await startAdmin(options, { ...parts, listeners }, starting);
  // A second gateway whose ports are taken ends before it has sent anything.
  parts.runner.start();
  const running = starting.move();
  return {
    listeners: listeners.map(({ name, address }) => ({ name, ...address })),
    ...(telemetry && { telemetry }),
    ...(admin && { admin }),
    ...(parts.sandbox && { sandbox: parts.sandbox }),
    ...(needsTokenFile(options) && { adminTokenFile: adminTokenFileOf(options.config) }),
    ...trySenderOf(options.config),
    events: parts.events,
    reloadRefused: () => parts.metrics.reloaded(),
    reload: (loaded) => reload(loaded, { ...parts, listeners, started: options }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
