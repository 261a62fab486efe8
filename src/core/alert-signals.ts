// What is found when one looks now and then, as signals: what waits, what is full, what expires.
import type { AlertSignal } from './alert.ts';
import { expiryStep } from './expiry.ts';

/** @param oldestMs how long the oldest message has waited; 0: none does */
export function queueOldSignal(oldestMs: number, limitMs: number): AlertSignal {
  const base = { event: 'queueOld', cause: 'queue', source: 'watch' } as const;
  if (oldestMs < limitMs) return { kind: 'cleared', ...base };
  return {
    kind: 'raised',
    ...base,
    text: `The oldest message has waited for ${inWords(oldestMs)}`,
    remedy:
      'See what it waits for: "graphpost queue ls --state deferred", then "graphpost why" with its id',
  };
}

export interface FreeDisk {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Share of the disk below which no mail is taken, 0 to 1. */
  readonly leastShare: number;
}

/** Told while there is half as much again as mail needs: then there is time to act. */
export function diskLowSignal({ freeBytes, totalBytes, leastShare }: FreeDisk): AlertSignal {
  const base = { event: 'diskLow', cause: 'disk', source: 'watch' } as const;
  if (freeBytes >= totalBytes * leastShare * 1.5) return { kind: 'cleared', ...base };
  const percent = (share: number) => `${Math.floor(share * 1000) / 10} %`;
  const free = percent(freeBytes / totalBytes);
  return {
    kind: 'raised',
    ...base,
    text: `The disk of the queue has ${free} free; below ${percent(leastShare)} no mail is taken`,
    remedy: 'Make room on it, or let "queue.keep" keep less',
  };
}

/** What has an end: the credential of a connection, or the certificate of a listener. */
export interface Expiry {
  readonly of: 'connection' | 'listener';
  readonly name: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export function expirySignal({ of, name, expiresAt }: Expiry, now: number): AlertSignal {
  const base = { event: 'credentialExpiring', cause: `${of} ${name}`, source: 'watch' } as const;
  const step = expiryStep(expiresAt, now);
  if (step === undefined) return { kind: 'cleared', ...base };
  const what = of === 'connection' ? 'The credential of connection' : 'The certificate of listener';
  const day = new Date(expiresAt).toISOString().slice(0, 10);
  const isOver = now >= expiresAt;
  const text = isOver
    ? `${what} "${name}" expired on ${day}`
    : `${what} "${name}" expires on ${day}, in ${inWords(expiresAt - now)}`;
  const remedy =
    of === 'connection'
      ? 'Make a new one for its app in Entra, put it in place, and correct "credential.expires"'
      : 'Renew it, and put it in the place of the files that the listener names: they are read again';
  return { kind: 'raised', ...base, level: step, text, remedy };
}

/** The largest unit alone. */
function inWords(durationMs: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [noun, unitMs] = units.find((unit) => durationMs >= unit[1]) ?? ['minute', 60_000];
  const count = Math.max(1, Math.floor(durationMs / unitMs));
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
