// Ends of deliveries that their senders are still to be told.
import type { DatabaseSync } from 'node:sqlite';
import { deliveryColumns, toDeliveryRow } from './delivery-row.ts';
import { bodyColumns, toBodyRow } from './find.ts';
import type { AnswerTo, Ask } from './operations.ts';

export interface Reports {
  /** Oldest first. */
  due(ask: Ask<'dueReports'>): AnswerTo<'dueReports'>;
  /** False: it was not due. */
  dismiss(id: string): boolean;
}

export function prepareReports(db: DatabaseSync): Reports {
  const selectDue = db.prepare(
    `SELECT ${deliveryColumns}, ${bodyColumns}
       FROM delivery JOIN message ON message.number = delivery.message
      WHERE report_due = 1 ORDER BY ended_at, delivery.number LIMIT ?`,
  );
  const dismiss = db.prepare('UPDATE delivery SET report_due = 0 WHERE id = ? AND report_due = 1');
  return {
    due: ({ limit }) =>
      selectDue.all(limit).map((row) => ({ ...toBodyRow(row), delivery: toDeliveryRow(row) })),
    dismiss: (id) => dismiss.run(id).changes !== 0,
  };
}
