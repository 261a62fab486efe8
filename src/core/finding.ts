// What a check of the doctor has found.

export type FindingState = 'ok' | 'warning' | 'failure' | 'skipped';

export interface CheckFinding {
  /** What was looked at, such as `token`: a name that scripts may rely on. */
  readonly check: string;
  /** Whose: a connection, file, listener or domain; '' for the whole. */
  readonly of: string;
  readonly state: FindingState;
  /** One sentence, without a full stop. */
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string;
  /** Of Microsoft or the system. */
  readonly code?: string;
  /** The other side's own words. */
  readonly detail?: string;
}
