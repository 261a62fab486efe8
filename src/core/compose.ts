// The header with which a message leaves over one route: From, recipients, the rule's changes, subject, hygiene, in this order.
import type { Address } from './address.ts';
import type { HeaderEdit } from './header-edit.ts';
import { planHygiene } from './hygiene.ts';
import { planOriginator, type FromBlock, type OriginatorSource } from './originator.ts';
import { hideRecipients, planRecipients } from './recipients.ts';
import { planRedirection, showInSubject } from './redirect.ts';
import { applyHeaderChanges, type Route } from './route.ts';
import { resolveSendAs, type SendAs } from './send-as.ts';

/** The message as it was accepted, and what decides how it leaves. */
export interface SubmissionSource extends OriginatorSource {
  /** Its forward-paths are the recipients of this send. */
  readonly route: Route;
  /** The connection's own `from` block. */
  readonly connectionFrom: FromBlock | undefined;
  /** The top-level `from` block. */
  readonly topFrom: FromBlock;
  /** Taken where the route says nothing. */
  readonly connectionSendAs: SendAs;
  /** The next hop is told the recipients beside the message (SMTP). Default: To, Cc and Bcc say who gets it. */
  readonly carriesEnvelope?: boolean;
  /** In place of one that its client had used for another message; with its angle brackets. */
  readonly newMessageId?: string;
}

export interface SubmissionPlan {
  /** In the order in which they are to be carried out. */
  readonly edits: readonly HeaderEdit[];
  /** The From address that it leaves with. */
  readonly from: Address;
  /** The Exchange mailbox that it leaves from. */
  readonly sendAs: Address;
}

/**
 * Plans one send. The plan of a header that was already edited so leads to the same header again, but for what only
 * one send can know: the fields that its rule adds, and X-Graphpost-To and -Cc.
 * @returns undefined when the message would leave without a From address that can be used
 */
export function planSubmission(source: SubmissionSource): SubmissionPlan | undefined {
  const { header, route } = source;
  const originator = planOriginator(source, fromBlockOf(source));
  if (originator.address === undefined) return undefined;
  const edits = [
    ...originator.edits,
    ...messageIdEdits(source),
    ...recipientEdits(source),
    ...(route.headers ? applyHeaderChanges(route.headers) : []),
    ...subjectEdits(source),
  ];
  return {
    edits: [...edits, ...planHygiene(header, edits)],
    from: originator.address,
    sendAs: resolveSendAs(sendAsOf(source), originator.address),
  };
}

/** The block that decides From for this send: the narrowest whole one. */
export function fromBlockOf(
  source: Pick<SubmissionSource, 'route' | 'connectionFrom' | 'topFrom'>,
): FromBlock {
  return source.route.from ?? source.connectionFrom ?? source.topFrom;
}

function recipientEdits({ header, route, carriesEnvelope }: SubmissionSource) {
  if (route.insteadOf) return planRedirection(header, route.forwardPaths);
  return carriesEnvelope
    ? hideRecipients(header)
    : planRecipients(header, route.forwardPaths).edits;
}

function messageIdEdits({ newMessageId }: SubmissionSource): readonly HeaderEdit[] {
  return newMessageId === undefined
    ? []
    : [{ kind: 'set', name: 'Message-ID', text: newMessageId }];
}

function subjectEdits({ header, route }: SubmissionSource): readonly HeaderEdit[] {
  const { action, insteadOf, headers: changes } = route;
  const isShown = action.kind === 'send' && action.redirect?.showInSubject === true;
  return isShown && insteadOf ? [showInSubject(header, { insteadOf, changes })] : [];
}

function sendAsOf({ route: { action }, connectionSendAs }: SubmissionSource): SendAs {
  return (action.kind === 'send' ? action.sendAs : undefined) ?? connectionSendAs;
}
