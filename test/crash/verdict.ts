// Compares what the clients were told with what the simulator was given.
import type { SentMail } from './client.ts';
import type { Transaction } from './mail.ts';

/** A message as it arrived. */
export interface Copy {
  readonly id: string;
  readonly messageId: string;
  readonly recipients: readonly string[];
  readonly bodyDigest: string;
}

export interface Evidence {
  readonly sent: readonly SentMail[];
  readonly copies: readonly Copy[];
  /** Message-IDs of the sends that the log calls possible duplicates, one for each such line. */
  readonly possibleDuplicates: readonly string[];
}

export interface Verdict {
  readonly transactions: Readonly<Record<Transaction, number>>;
  readonly copies: number;
  /** Ids of messages that got a 250 and never arrived. */
  readonly lost: readonly string[];
  /** Ids of messages that arrived although their client was told no, or had not finished them. */
  readonly unwanted: readonly string[];
  /** Ids of messages that arrived with other bytes, or for others. */
  readonly damaged: readonly string[];
  /** Ids of messages that arrived more than once. */
  readonly duplicated: readonly string[];
  /** Those of which there are more copies than the log admits. */
  readonly unexplained: readonly string[];
  readonly possibleDuplicates: number;
}

export function judge({ sent, copies, possibleDuplicates }: Evidence): Verdict {
  const byId = Map.groupBy(copies, ({ id }) => id);
  const admitted = Map.groupBy(possibleDuplicates, (messageId) => messageId);
  const copiesOf = ({ mail }: SentMail) => byId.get(mail.id) ?? [];
  const idsWhere = (holds: (one: SentMail) => boolean) =>
    sent.filter(holds).map(({ mail }) => mail.id);
  const isUnexplained = (one: SentMail) => {
    const [first, ...others] = copiesOf(one);
    return others.length > (admitted.get(first?.messageId ?? '')?.length ?? 0);
  };
  return {
    transactions: countTransactions(sent),
    copies: copies.length,
    lost: idsWhere((one) => one.transaction === 'accepted' && copiesOf(one).length === 0),
    unwanted: idsWhere((one) => isUnwanted(one.transaction) && copiesOf(one).length > 0),
    damaged: idsWhere((one) => copiesOf(one).some((copy) => isDamaged(copy, one))),
    duplicated: idsWhere((one) => copiesOf(one).length > 1),
    unexplained: idsWhere(isUnexplained),
    possibleDuplicates: possibleDuplicates.length,
  };
}

/** RFC 5321 §4.2.5: after a no, and before the dot, the client keeps the responsibility. */
function isUnwanted(transaction: Transaction): boolean {
  return transaction === 'refused' || transaction === 'unfinished';
}

function isDamaged(copy: Copy, { mail }: SentMail): boolean {
  const recipients = copy.recipients.toSorted().join();
  return copy.bodyDigest !== mail.bodyDigest || recipients !== mail.recipients.toSorted().join();
}

function countTransactions(sent: readonly SentMail[]): Verdict['transactions'] {
  const count = (wanted: Transaction) =>
    sent.filter(({ transaction }) => transaction === wanted).length;
  return {
    accepted: count('accepted'),
    refused: count('refused'),
    unfinished: count('unfinished'),
    unanswered: count('unanswered'),
  };
}
