// A test e-mail: what somebody asks for, and what he is told of its way, step by step.
import type { Address } from './address.ts';

export interface TestMailQuestion {
  /** At least one. */
  readonly to: readonly Address[];
  readonly way: TestMailWay;
  /** Absent: one that the way may send as. */
  readonly from?: Address;
  readonly format: TestMailFormat;
}

export type TestMailFormat = 'plain' | 'html';

export type TestMailWay =
  /** Past listeners and rules, over this connection alone. */
  | { readonly kind: 'connection'; readonly name: string }
  /** As an app would: into a listener, the first where none is named, and from there by the rules. */
  | { readonly kind: 'smtp'; readonly listener?: string; readonly login?: TestMailLogin };

export interface TestMailLogin {
  readonly username: string;
  readonly password: string;
}

export interface TestMailStep {
  /** Epoch ms. */
  readonly time: number;
  /** One sentence. */
  readonly what: string;
}

/** `underWay`: nothing has come of it yet. */
export type TestMailState = 'underWay' | 'delivered' | 'undelivered';

export interface TestMailReport {
  readonly state: TestMailState;
  /** Queue id; absent: nobody took it. */
  readonly id?: string;
  readonly steps: readonly TestMailStep[];
  /** Present where it was not delivered. */
  readonly error?: TestMailError;
  /** What still happens to it; absent: nothing. */
  readonly next?: string;
}

export interface TestMailError {
  /** What went wrong, and what to do about it. */
  readonly explained: string;
  /** The words and codes of the other side; absent: it has not said any. */
  readonly raw?: string;
}

/** A sentence for whoever asked, where the question makes no sense here. */
export interface TestMailFault {
  readonly fault: string;
}

export interface MailTester {
  /** Resolves when it is queued, or when its end is known. Throws `StoreError`. */
  send(question: TestMailQuestion): Promise<TestMailReport | TestMailFault>;
  /** How far it is; undefined: nothing of that id is kept. Throws `StoreError`. */
  look(id: string): Promise<TestMailReport | undefined>;
}
