// One who is told of trouble: what concerns him is gathered, told, and told again until he has it. Mail waits for none of it.
import type { AlertEvent, AlertMessage, AlertSignal } from '../core/alert.ts';
import { AlertBoard } from '../core/alert-board.ts';
import { queueOldSignal } from '../core/alert-signals.ts';
import type { Clock, Events } from '../relay/ports.ts';

export type ChannelKind = 'webhook' | 'slack' | 'teams' | 'email';

export interface ChannelParts {
  readonly kind: ChannelKind;
  /** Where it stands in the configuration, for the log: `alerts[0]`. */
  readonly key: string;
  /** What it is told. */
  readonly on: readonly AlertEvent[];
  /** How long the oldest message may wait. */
  readonly queueOldMs: number;
  /** Of an e-mail: name of the connection that it goes over. */
  readonly via?: string;
  readonly clock: Clock;
  readonly events: Pick<Events, 'alerted' | 'notice' | 'fault'>;
  /** Undefined: it was taken. Else why not, without a full stop. */
  readonly tell: (
    message: AlertMessage,
    options: { readonly signal: AbortSignal },
  ) => Promise<string | undefined>;
  /** 0 to 1. */
  readonly chance: () => number;
}

const firstRetryMs = 5_000;
const longestRetryMs = 300_000;

export class AlertChannel {
  readonly #parts: ChannelParts;
  readonly #board = new AlertBoard();
  #wake = Promise.withResolvers<void>();
  /** Tries in a row that failed. */
  #failures = 0;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
  }

  /** Never throws, and takes no time. */
  note(signal: AlertSignal): void {
    const { on, via } = this.#parts;
    if (!on.includes(signal.event)) return;
    if (via !== undefined && signal.untoldOver === via) return;
    this.#board.note(signal, this.#parts.clock.now());
    this.#wake.resolve();
  }

  /** Nothing waits: 0. */
  noteAge(oldestMs: number): void {
    this.note(queueOldSignal(oldestMs, this.#parts.queueOldMs));
  }

  /** Tells until `signal` is aborted. Never rejects. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      const { clock } = this.#parts;
      const due = this.#board.next(clock.now());
      if (due === undefined) {
        await this.#rest(signal);
        continue;
      }
      const fault = await this.#tell(due, signal);
      if (signal.aborted) return;
      this.#note(fault, due.items.length);
      if (fault === undefined) this.#board.told(due, clock.now());
      else await clock.wait(this.#retryDelayMs(), { signal });
    }
  }

  async #tell(message: AlertMessage, signal: AbortSignal): Promise<string | undefined> {
    try {
      return await this.#parts.tell(message, { signal });
    } catch (error) {
      this.#parts.events.fault({ where: 'alerts', error });
      return 'It failed here';
    }
  }

  async #rest(signal: AbortSignal): Promise<void> {
    const at = this.#board.nextAt();
    const awake = new AbortController();
    void this.#wake.promise.then(() => awake.abort());
    const { clock } = this.#parts;
    const either = AbortSignal.any([signal, awake.signal]);
    if (at !== undefined) await clock.wait(Math.max(1, at - clock.now()), { signal: either });
    else if (!either.aborted) await aborted(either);
    awake.abort();
  }

  /** Of a channel that fails the log hears once, and again when it works. */
  #note(fault: string | undefined, alerts: number): void {
    const { events, kind, key } = this.#parts;
    events.alerted({ channel: kind, result: fault === undefined ? 'told' : 'failed', alerts });
    if (fault !== undefined && this.#failures === 0) {
      const text = `${key}.to.${kind}: an alert could not be given, and is tried again and again: ${fault}`;
      events.notice({ level: 'warn', event: 'alerts.failed', text });
    }
    if (fault === undefined && this.#failures > 0) {
      const text = `${key}.to.${kind}: alerts are taken again`;
      events.notice({ level: 'info', event: 'alerts.recovered', text });
    }
    this.#failures = fault === undefined ? 0 : this.#failures + 1;
  }

  #retryDelayMs(): number {
    const doubled = firstRetryMs * 2 ** Math.min(this.#failures - 1, 10);
    return Math.round(Math.min(doubled, longestRetryMs) * (1 + this.#parts.chance() / 5));
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
