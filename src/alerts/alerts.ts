// Those who are told of trouble, as the configuration names them. A reload keeps those that it leaves as they were.
import type { AlertConfig } from '../config/config.ts';
import type { Address } from '../core/address.ts';
import type { AlertMessage, AlertSignal } from '../core/alert.ts';
import { headlineOf, plainTextOf } from '../core/alert-text.ts';
import type { Clock, Events } from '../relay/ports.ts';
import { bodyOf } from './body.ts';
import { AlertChannel } from './channel.ts';
import { createWebhook } from './post.ts';

/** One that goes into the queue. */
export interface AlertMail {
  readonly to: Address;
  readonly via: string;
  readonly from?: Address;
  readonly subject: string;
  readonly text: string;
}

export interface AlertsParts {
  readonly clock: Clock;
  readonly events: Pick<Events, 'alerted' | 'notice' | 'fault'>;
  /** Of the process: for the proxy. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of this gateway. */
  readonly hostname: string;
  /** Puts an e-mail into the queue. Rejects with a sentence for people when it cannot. */
  readonly mail: (mail: AlertMail) => Promise<void>;
  /** Makes addresses in a text unreadable, where logs must not name people. */
  readonly hide: (text: string) => string;
  /** 0 to 1. */
  readonly chance: () => number;
}

/** One block of the configuration, with its secret. */
export interface AlertTarget {
  readonly config: AlertConfig;
  readonly url?: string | undefined;
}

interface Running {
  readonly channel: AlertChannel;
  end(): Promise<void>;
}

export class Alerts implements AsyncDisposable {
  readonly #parts: AlertsParts;
  /** By what they were made from. */
  #running: ReadonlyMap<string, Running> = new Map();
  readonly #ending = new Set<Promise<void>>();

  constructor(parts: AlertsParts) {
    this.#parts = parts;
  }

  /** These are told from now on, and no others. */
  configure(targets: readonly AlertTarget[]): void {
    const before = this.#running;
    const entries = targets.map((target, position) => {
      const made = JSON.stringify([position, target]);
      return [made, before.get(made) ?? this.#start(target, position)] as const;
    });
    this.#running = new Map(entries);
    for (const [made, running] of before) if (!this.#running.has(made)) this.#end(running);
  }

  /** Never throws, and takes no time. */
  note(signal: AlertSignal): void {
    try {
      const shown = hidden(signal, this.#parts.hide);
      for (const { channel } of this.#running.values()) channel.note(shown);
    } catch (error) {
      this.#parts.events.fault({ where: 'alerts', error });
    }
  }

  /** How long the oldest message has waited; 0: none does. */
  noteAge(oldestMs: number): void {
    for (const { channel } of this.#running.values()) channel.noteAge(oldestMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running.values()) this.#end(running);
    this.#running = new Map();
    await Promise.all(this.#ending);
  }

  #start({ config, url }: AlertTarget, position: number): Running {
    const { to } = config;
    const stack = new AsyncDisposableStack();
    const stopping = new AbortController();
    const channel = new AlertChannel({
      ...this.#parts,
      ...config,
      kind: to.kind,
      key: `alerts[${position}]`,
      ...(to.kind === 'email' && { via: to.via }),
      tell: to.kind === 'email' ? this.#byMail(to) : this.#byWebhook(to, url ?? '', stack),
    });
    const running = channel.run(stopping);
    stack.defer(async () => {
      stopping.abort();
      await running;
    });
    return { channel, end: () => stack.disposeAsync() };
  }

  #end(running: Running): void {
    const ended = running.end().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #byMail({ address, via, from }: Extract<AlertConfig['to'], { kind: 'email' }>) {
    const { clock, hostname, mail } = this.#parts;
    return async (message: AlertMessage): Promise<string | undefined> => {
      const subject = headlineOf(message, hostname);
      const text = plainTextOf(message, clock.now());
      const base = { to: address, via, ...(from !== undefined && { from }) };
      try {
        await mail({ ...base, subject, text });
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : 'It could not be put into the queue';
      }
    };
  }

  #byWebhook(
    { kind, allowLocal }: Exclude<AlertConfig['to'], { kind: 'email' }>,
    url: string,
    stack: AsyncDisposableStack,
  ) {
    const { clock, hostname, env } = this.#parts;
    const webhook = stack.use(createWebhook({ url, allowLocal, env }));
    return (message: AlertMessage, options: { readonly signal: AbortSignal }) =>
      webhook.post(bodyOf(message, { kind, hostname, now: clock.now() }), options);
  }
}

/** A cause may have the address of a mailbox in it, and is the same each time. */
function hidden(signal: AlertSignal, hide: AlertsParts['hide']): AlertSignal {
  const cause = hide(signal.cause);
  return signal.kind === 'cleared'
    ? { ...signal, cause }
    : { ...signal, cause, text: hide(signal.text) };
}
