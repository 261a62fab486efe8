// The simulated organization: what all resources of Graph share.
import { sameAddress, type Address } from '../core/address.ts';
import type { Answer, GraphFault } from './answer.ts';
import type { Directory } from './directory.ts';
import type { Drafts } from './drafts.ts';
import type { ForcedOutcomes } from './forced-outcomes.ts';
import type { Identifiers } from './identifiers.ts';
import type { Journal } from './journal.ts';
import type { SandboxLimits } from './limits.ts';
import type { SandboxRequest } from './request.ts';
import type { SentMessages } from './sent-messages.ts';
import type { UploadSession } from './upload-sessions.ts';

/** Application permissions of Graph. */
export type Permission = 'Mail.Send' | 'Mail.ReadWrite';

/** What a user can consent to. */
export const permissionNames: ReadonlySet<string> = new Set([
  'Mail.Send',
  'Mail.ReadWrite',
  'User.Read',
  'Application.Read.All',
  'Application.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
]);

export interface Tenant {
  readonly now: () => number;
  readonly identifiers: Identifiers;
  readonly limits: SandboxLimits;
  readonly journal: Journal;
  readonly directory: Directory;
  /** The mailboxes that exist, in lower case; undefined: any that is asked for. */
  readonly users: ReadonlySet<string> | undefined;
  /** The app that the sandbox begins with. */
  readonly clientId: string;
  /** What it was granted. */
  readonly permissions: ReadonlySet<Permission>;
  readonly sendAs: SendAsGrants;
  readonly forced: ForcedOutcomes;
  readonly sent: SentMessages;
  readonly drafts: Drafts;
  /** Upload sessions under way, by the token in their URL. */
  readonly uploads: Map<string, UploadSession>;
  /** Origin of upload URLs. */
  readonly uploadOrigin: () => string;
  /** The documentation says that they do, and once that they do not. */
  readonly immutableIdsSurviveSend: boolean;
}

/** A request to a resource of one mailbox. */
export interface MailboxRequest extends SandboxRequest {
  readonly mailbox: Address;
  /** The ids in its path, decoded, in their order. */
  readonly ids: readonly string[];
}

export type Resource = (
  tenant: Tenant,
  request: MailboxRequest,
) => Promise<Answer | GraphFault> | Answer | GraphFault;

/** Who may send as whom, besides each mailbox as itself. */
export class SendAsGrants {
  readonly #grants: { readonly mailbox: string; readonly from: string }[] = [];

  /** @param from an address, or `*` for any */
  grant(mailbox: string, from: string): void {
    this.#grants.push({ mailbox: mailbox.toLowerCase(), from: from.toLowerCase() });
  }

  allows(mailbox: Address, from: Address): boolean {
    if (sameAddress(mailbox, from)) return true;
    return this.#grants.some(
      (grant) =>
        grant.mailbox === mailbox.toLowerCase() &&
        (grant.from === '*' || grant.from === from.toLowerCase()),
    );
  }
}
