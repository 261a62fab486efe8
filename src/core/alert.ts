// What operators are alerted of: signals of trouble, and the messages that are made of them.

export const alertEvents = [
  'failed',
  'connectionDown',
  'credentialExpiring',
  'signInNeeded',
  'queueOld',
  'diskLow',
  'throttled',
  'reloadFailed',
] as const;

export type AlertEvent = (typeof alertEvents)[number];

interface SignalBase {
  readonly event: AlertEvent;
  /** What shares it has one alert: `connection main`. */
  readonly cause: string;
  /** Name of the connection over which an e-mail cannot tell it. */
  readonly untoldOver?: string;
}

/** Something happened, and is over. */
export interface Happened extends SignalBase {
  readonly kind: 'happened';
  /** One sentence, without a full stop. */
  readonly text: string;
  /** What to do, in one sentence without a full stop. */
  readonly remedy: string;
}

/** Something is wrong from now on. Said again with another `level`, it is told again. */
export interface Raised extends SignalBase {
  readonly kind: 'raised';
  /** Who saw it: where several do, it is over when none does any more. */
  readonly source: string;
  readonly text: string;
  readonly remedy: string;
  /** How bad it is. Default: one level for all. */
  readonly level?: number;
}

/** One who saw it sees it no more; of what was not raised, it says nothing. */
export interface Cleared extends SignalBase {
  readonly kind: 'cleared';
  readonly source: string;
}

export type AlertSignal = Happened | Raised | Cleared;

/** One cause in a message. */
export interface AlertItem {
  readonly event: AlertEvent;
  readonly cause: string;
  /** `happened`: it has no end of its own. */
  readonly state: 'firing' | 'resolved' | 'happened';
  readonly text: string;
  readonly remedy: string;
  /** Epoch ms at which it began, or happened first. */
  readonly since: number;
  /** How often it happened since it was told last. */
  readonly count: number;
}

/** What one channel is told at once. */
export interface AlertMessage {
  /** At least one. */
  readonly items: readonly AlertItem[];
}
