// Sends a message as Exchange does: checks who it is from and who it is for, and keeps what was sent.
import type { Address } from '../core/address.ts';
import type { Answer, GraphFault } from './answer.ts';
import { breachesOf } from './contract.ts';
import { messageTooLarge, sendAsDenied } from './graph-faults.ts';
import type { ExtendedProperty } from './json-message.ts';
import type { MimeMessage } from './mime-message.ts';
import type { Tenant } from './tenant.ts';

export interface Submission {
  readonly mailbox: Address;
  readonly message: MimeMessage;
  readonly inSentItems: boolean;
  readonly properties: readonly ExtendedProperty[];
  /** Of the copy in Sent Items. Default: a new one. */
  readonly id?: string;
}

/** 202 says that the message was taken; it is kept before that, so that a lost answer changes nothing. */
export function submit(tenant: Tenant, submission: Submission): Answer | GraphFault {
  const { mailbox, message, inSentItems, properties } = submission;
  for (const breach of breachesOf(message)) tenant.journal.violation(breach);
  const { recipients, messageId } = message;
  const forced = tenant.forced.ofSubmission({ mailbox, recipients, messageId });
  const fault = forced?.fault ?? faultOf(tenant, submission);
  if (fault !== undefined) return fault;
  tenant.sent.keep({
    id: submission.id ?? tenant.identifiers.itemId(),
    sentAt: tenant.now(),
    sendAs: mailbox,
    message,
    inSentItems,
    properties,
  });
  return {
    status: 202,
    ...(forced?.delayMs !== undefined && { delayMs: forced.delayMs }),
    ...(forced?.cut && { cut: 'before-answer' }),
  };
}

function faultOf(tenant: Tenant, submission: Submission): GraphFault | undefined {
  return (
    sizeFault(tenant, submission) ??
    senderFault(tenant, submission) ??
    recipientsFault(tenant, submission)
  );
}

function sizeFault({ limits }: Tenant, { message }: Submission): GraphFault | undefined {
  return message.sizeBytes > limits.messageBytes ? messageTooLarge : undefined;
}

/** A From that cannot be read is refused like one that is not allowed, and so is a display name with a bare `@`. */
function senderFault(
  { sendAs }: Tenant,
  { mailbox, message: { from, invalidFrom } }: Submission,
): GraphFault | undefined {
  const isAllowed =
    from.length > 0 &&
    invalidFrom.length === 0 &&
    from.every(({ address, hasBareAt }) => !hasBareAt && sendAs.allows(mailbox, address));
  return isAllowed ? undefined : sendAsDenied;
}

function recipientsFault(
  { limits }: Tenant,
  { message: { recipients, invalidRecipients } }: Submission,
): GraphFault | undefined {
  const [invalid] = invalidRecipients;
  if (invalid !== undefined) {
    return invalidRecipientsFault(
      `At least one recipient is not valid., Recipient '${invalid}' is not resolved.`,
    );
  }
  if (recipients.length === 0) {
    return invalidRecipientsFault(
      'At least one recipient is not valid., Message contains no recipients.',
    );
  }
  if (recipients.length <= limits.recipients) return undefined;
  return {
    status: 400,
    code: 'ErrorExceededMaxRecipientLimit',
    message: `The message has ${recipients.length} recipients, and may have ${limits.recipients}.`,
  };
}

function invalidRecipientsFault(message: string): GraphFault {
  return { status: 400, code: 'ErrorInvalidRecipients', message };
}
