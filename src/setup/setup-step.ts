// What the steps of setup share: where they work, what they have found out so far, and what comes of each.
import type { Clock, Token, TokenFailure } from '../relay/ports.ts';
import type { AppDirectory, Application, ServicePrincipal } from './app-directory.ts';
import type { CertificateFile } from './certificate-file.ts';
import type { SetupFiles } from './setup-plan.ts';

export interface SetupParts {
  readonly clock: Clock;
  readonly files: SetupFiles;
  /** Of this machine. */
  readonly hostname: string;
  /** Good randomness: `size` bytes. */
  readonly randomBytes: (size: number) => Buffer;
  /** The directory, as an administrator; absent where nothing is asked of it. */
  readonly directory?: AppDirectory;
  /** Of the administrator; '' where nobody signs in. */
  readonly tenantId: string;
  /** One request for a token of the app. Never throws. */
  readonly requestToken: (app: ProvedApp) => Promise<Token | TokenFailure>;
  /** Says what is waited for, on a terminal. */
  readonly progress: (text: string) => void;
}

export interface ProvedApp {
  readonly tenant: string;
  readonly clientId: string;
  readonly credential:
    | { readonly kind: 'secret'; readonly secret: string }
    | { readonly kind: 'certificate'; readonly certPem: string; readonly keyPem: string };
}

/** Grows from step to step. */
export interface SetupState {
  application?: Application;
  principal?: ServicePrincipal;
  certificate?: CertificateFile;
  secret?: string;
  /** When the secret ends, as a date. */
  expires?: string;
  /** For PowerShell. */
  exchange?: readonly string[];
  consentUrl?: string;
  /** What goes into a configuration that is there already. */
  connectionBlock?: string;
  warnings: readonly string[];
}

/** What a step works on. */
export interface StepContext {
  readonly parts: SetupParts;
  readonly state: SetupState;
}

export interface StepResult {
  /** `unchanged`: all was as it is to be. */
  readonly outcome: 'done' | 'unchanged';
  readonly detail?: string;
}

export const done: StepResult = { outcome: 'done' };
export const unchanged: StepResult = { outcome: 'unchanged' };

/** Throws when a step before it has not been done. */
export function needed<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`A step of setup came before its time: no ${what}`);
  return value;
}
