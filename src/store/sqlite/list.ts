// The operator's list, one step of it.
import { toDeliveryRow } from './delivery-row.ts';
import type { Examine } from './examine.ts';
import type { AnswerTo, Ask, ListedRow } from './operations.ts';
import { text, type Row } from './row.ts';

/** A few milliseconds of everybody's time. */
const rowsPerStep = 1000;

export function prepareList(examine: Examine): (ask: Ask<'list'>) => AnswerTo<'list'> {
  return ({ filter, before, limit }) => {
    const page = examine({ filter, before, maxExamined: rowsPerStep, maxFound: limit });
    return { ...page, rows: page.rows.map(toListedRow) };
  };
}

function toListedRow(row: Row): ListedRow {
  return { ...toDeliveryRow(row), document: text(row, 'document') };
}
