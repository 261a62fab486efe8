// What this process knows of drafts that it left in a mailbox: of most it knows nothing, and searches.

export interface LeftDraft {
  readonly id: string;
  /** `send` was on the wire: the draft is whole, and may have been sent. */
  readonly maySent: boolean;
  /** Present where Graph asked for a pause in the middle: what was attached by then stays. */
  readonly progress?: DraftProgress;
}

/** How far the files of a draft have come. */
export interface FilesProgress {
  /** Files that are attached, in the order of the message. */
  readonly attached: number;
  /** URL of the upload session that the next file is in the middle of: as secret as a token. */
  readonly session?: string;
}

export interface DraftProgress extends FilesProgress {
  /** What the draft was made of: another attempt may give the message another header. */
  readonly fingerprint: string;
}

const maxRemembered = 1_000;

export class DraftMemory {
  readonly #left = new Map<string, LeftDraft>();

  of(deliveryId: string): LeftDraft | undefined {
    return this.#left.get(deliveryId);
  }

  /** At the cost of the oldest. */
  keep(deliveryId: string, draft: LeftDraft): void {
    this.#left.delete(deliveryId);
    this.#left.set(deliveryId, draft);
    const [oldest] = this.#left.keys();
    if (this.#left.size > maxRemembered && oldest !== undefined) this.#left.delete(oldest);
  }

  forget(deliveryId: string): void {
    this.#left.delete(deliveryId);
  }
}
