// Sessions of people who have shown the admin token to the page: random ids, kept in memory.
import type { Clock } from '../relay/ports.ts';

export interface SessionsOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Good randomness. */
  random(bytes: number): Uint8Array;
}

export const sessionLifeMs = 12 * 3_600_000;
/** The oldest goes when there are more. */
const maxSessions = 1_000;
const idBytes = 32;

export class Sessions {
  readonly #options: SessionsOptions;
  /** When each ends, oldest first. */
  readonly #endsAt = new Map<string, number>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Returns the id of a new session. */
  open(): string {
    const id = Buffer.from(this.#options.random(idBytes)).toString('base64url');
    this.#endsAt.set(id, this.#options.clock.now() + sessionLifeMs);
    for (const oldest of this.#endsAt.keys()) {
      if (this.#endsAt.size <= maxSessions) break;
      this.#endsAt.delete(oldest);
    }
    return id;
  }

  isOpen(id: string): boolean {
    const endsAt = this.#endsAt.get(id);
    if (endsAt !== undefined && endsAt > this.#options.clock.now()) return true;
    this.#endsAt.delete(id);
    return false;
  }

  close(id: string): void {
    this.#endsAt.delete(id);
  }
}
