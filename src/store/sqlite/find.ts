// One message with all that became of it.
import type { DatabaseSync } from 'node:sqlite';
import { deliveryColumns, toDeliveryRow } from './delivery-row.ts';
import type { AnswerTo, Ask, BodyRow, FoundRow } from './operations.ts';
import { placesOf, placesPerOwner } from './place.ts';
import { integer, text, textOrNull, type Row } from './row.ts';

/** For a SELECT over `message`: what `toBodyRow` reads. */
export const bodyColumns = `message.number AS body, document, size_bytes, size_bytes = 0 OR EXISTS
  (SELECT 1 FROM chunk WHERE place = message.number * ${placesPerOwner}) AS has_body`;

export function toBodyRow(row: Row): BodyRow {
  return {
    body: integer(row, 'body'),
    document: text(row, 'document'),
    sizeBytes: integer(row, 'size_bytes'),
    hasBody: integer(row, 'has_body') === 1,
  };
}

export function prepareFind(db: DatabaseSync): (ask: Ask<'find'>) => AnswerTo<'find'> {
  const selectMessage = db.prepare(
    `SELECT id, ${bodyColumns} FROM message
      WHERE number = coalesce((SELECT number FROM message WHERE id = :id),
                              (SELECT message FROM delivery WHERE id = :id))`,
  );
  const selectDeliveries = db.prepare(
    `SELECT ${deliveryColumns} FROM delivery WHERE number BETWEEN ? AND ? ORDER BY number`,
  );
  const selectOlder = db.prepare(
    'SELECT document FROM attempt WHERE delivery = ? ORDER BY recorded',
  );

  /** The last attempt lies in the row of its delivery, those before it beside. */
  function historyOf(row: Row): string[] {
    const last = textOrNull(row, 'last_attempt');
    const older = selectOlder.all(integer(row, 'number')).map((each) => text(each, 'document'));
    return last === null ? older : [...older, last];
  }

  return ({ id }): FoundRow | undefined => {
    const row = selectMessage.get({ id });
    if (row === undefined) return undefined;
    const deliveries = selectDeliveries
      .all(...placesOf(integer(row, 'body')))
      .map((each) => ({ ...toDeliveryRow(each), history: historyOf(each) }));
    return { id: text(row, 'id'), ...toBodyRow(row), deliveries };
  };
}

/** Enough to tell whether a Message-ID stands for other content, too. */
const mostDigests = 100;

/** Each step of the recursion jumps over all messages with the same body: clients repeat themselves by the thousand. */
export function prepareBodyDigests(
  db: DatabaseSync,
): (ask: Ask<'bodyDigestsOf'>) => AnswerTo<'bodyDigestsOf'> {
  const select = db.prepare(
    `WITH RECURSIVE digest (value) AS (
       SELECT min(body_digest) FROM message WHERE given_id_key = :key
       UNION ALL
       SELECT (SELECT min(body_digest) FROM message WHERE given_id_key = :key AND body_digest > value)
         FROM digest WHERE value IS NOT NULL)
     SELECT value FROM digest WHERE value IS NOT NULL LIMIT ${mostDigests}`,
  );
  return ({ key }) => select.all({ key }).map((row) => text(row, 'value'));
}

export function prepareGivenIds(db: DatabaseSync): (ask: Ask<'givenIds'>) => AnswerTo<'givenIds'> {
  const select = db.prepare(
    `SELECT DISTINCT given_id_key FROM message
      WHERE given_id_key IS NOT NULL AND given_id_key > ? ORDER BY given_id_key LIMIT ?`,
  );
  select.setReadBigInts(true);
  return ({ after, limit }) =>
    select
      .all(after, limit)
      .flatMap(({ given_id_key: key }) => (typeof key === 'bigint' ? key : []));
}
