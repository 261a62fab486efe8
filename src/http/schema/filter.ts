// Which deliveries are meant, and what is wanted of them, as requests say it.
import { z } from 'zod';
import { deliveryStates } from '../../core/delivery.ts';
import { pageExpects, pageFields } from './page.ts';

const text = z.string().min(1);
const moment = text.meta({ description: 'A time such as 2026-11-22T14:00:00Z' });

const filterFields = {
  state: z.enum(deliveryStates).optional(),
  client: text.optional(),
  route: text.optional(),
  connection: text.optional(),
  lane: text.optional(),
  address: text.optional().meta({ description: 'A part of a sender or recipient' }),
  subject: text.optional().meta({ description: 'A part' }),
  messageId: text.optional(),
  since: moment.optional(),
  until: moment.optional(),
};

export const filterQuery = {
  schema: z.strictObject({ ...filterFields, ...pageFields }),
  expects: `filter by ${Object.keys(filterFields).join(', ')}; ${pageExpects}`,
};

const ids = z
  .array(text)
  .min(1)
  .readonly()
  .meta({ description: 'Of deliveries, or of messages: then all of theirs' });
const filter = z
  .strictObject(filterFields)
  .readonly()
  .refine((fields) => Object.keys(fields).length > 0)
  .meta({ description: 'All that is given must hold; one at least', minProperties: 1 });

/** Nothing narrows it by mistake, and nothing widens it. */
function manyWith<T extends z.ZodRawShape>(choices: T) {
  return z.union([
    z.strictObject({ ids, ...choices }).readonly(),
    z.strictObject({ filter, ...choices }).readonly(),
    z.strictObject({ all: z.literal(true), ...choices }).readonly(),
  ]);
}

const choices = {
  dryRun: z.boolean().optional().meta({ description: 'Only says what would change' }),
  force: z.boolean().optional().meta({ description: 'Those that may have been sent, too' }),
};

const manyExpects =
  'Send {"ids": ["…"]}, {"filter": {"state": "failed", …}} or, for everything there is, {"all": true}';
const choicesExpect = 'The body may have "dryRun" and "force", each true or false';
const manyExample = { filter: { state: 'failed', client: 'erp' } };

export const many = { schema: manyWith({}), expects: manyExpects, example: manyExample };

export const rerouteMany = {
  schema: manyWith(choices),
  expects: `${manyExpects}. ${choicesExpect}`,
  example: { ...manyExample, dryRun: true },
};

export const rerouteOne = {
  schema: z.strictObject(choices).readonly(),
  expects: choicesExpect,
  example: { dryRun: true },
};

export type Many = z.infer<(typeof rerouteMany)['schema']>;
