// Messages, deliveries and attempts, as the API gives them: nothing of a body.
import { z } from 'zod';
import { deliveryStates } from '../../core/delivery.ts';
import { count, time } from './values.ts';

const outcome = z
  .object({
    kind: z.enum(['delivered', 'deferred', 'failed', 'unsure']),
    status: z.string().meta({ description: 'Enhanced status (RFC 3463)' }),
    reason: z.string().optional().meta({ description: 'Out of a closed set, as in the metrics' }),
    diagnostic: z.string().optional(),
    reply: z.string().optional().meta({ description: 'What an SMTP client is told' }),
    retryAfterMs: z.number().optional(),
    waitedMs: z.number().optional(),
    isUntried: z
      .boolean()
      .optional()
      .meta({ description: 'It was put back without an attempt, as others of its kind wait' }),
    hold: z.enum(['connection', 'lane', 'originator', 'largeMessages', 'message']).optional(),
    remote: z
      .object({
        code: z.string().optional(),
        httpStatus: z.int().optional(),
        requestId: z.string().optional(),
        words: z.string().optional(),
      })
      .readonly()
      .optional(),
  })
  .readonly()
  .meta({ id: 'Outcome' });

const attempt = z
  .object({
    number: z.int(),
    connection: z.string(),
    startedAt: time,
    endedAt: time,
    outcome,
    passage: z
      .object({
        transport: z.string(),
        why: z.string(),
        droppedFields: z.array(z.string()).readonly().optional(),
      })
      .readonly()
      .optional(),
  })
  .readonly()
  .meta({ id: 'Attempt' });

const action = z
  .union([
    z.object({
      kind: z.literal('send'),
      via: z.string(),
      backup: z.array(z.string()).readonly(),
      sendAs: z.unknown().optional().meta({ description: 'As which mailbox, where the rule says' }),
      priority: z.enum(['high', 'normal']),
      saveToSentItems: z.boolean().optional(),
      redirect: z
        .object({ to: z.array(z.string()).readonly(), showInSubject: z.boolean() })
        .readonly()
        .optional(),
      hold: z.boolean().optional(),
    }),
    z.object({ kind: z.literal('drop') }),
    z.object({ kind: z.literal('refuse'), text: z.string() }),
  ])
  .readonly()
  .meta({ id: 'Action', description: 'What its rule does with it' });

const headerChanges = z
  .object({
    set: z.record(z.string(), z.string()).readonly(),
    add: z.record(z.string(), z.string()).readonly(),
    remove: z.array(z.string()).readonly(),
  })
  .readonly()
  .meta({ id: 'HeaderChanges' });

const deliveryFields = {
  id: z.string(),
  messageId: z.string().meta({ description: 'Queue id of its message' }),
  receivedAt: time,
  client: z.string(),
  reversePath: z.string().nullable(),
  from: z.string(),
  subject: z.string(),
  sizeBytes: count,
  forwardPaths: z.array(z.string()).readonly(),
  route: z.string(),
  connection: z.string(),
  lane: z.string(),
  state: z.enum(deliveryStates),
  attempts: z.int(),
  dueAt: time.optional(),
  hold: z.string().optional().meta({ description: 'Why it waits for an administrator' }),
  lastAttempt: attempt.optional(),
};

export const delivery = z.object(deliveryFields).readonly().meta({ id: 'Delivery' });

const deliveryRecord = z
  .object({
    ...deliveryFields,
    action,
    headers: headerChanges.optional(),
    insteadOf: z.array(z.string()).readonly().optional(),
    mayHaveBeenSent: z.boolean(),
    history: z.array(attempt).readonly(),
  })
  .readonly()
  .meta({ id: 'DeliveryRecord' });

export const message = z
  .object({
    id: z.string(),
    receivedAt: time,
    client: z
      .object({
        name: z.string(),
        ip: z.string(),
        listener: z.string(),
        ehlo: z.string(),
        login: z.string().optional(),
        tls: z.boolean(),
      })
      .readonly(),
    reversePath: z.string().nullable(),
    forwardPaths: z.array(z.string()).readonly(),
    from: z.string(),
    subject: z.string(),
    messageId: z.string(),
    sizeBytes: count,
    reusedMessageId: z.string().optional(),
    isReport: z.boolean().optional(),
    bodyKept: z.boolean(),
    deliveries: z.array(deliveryRecord).readonly(),
  })
  .readonly()
  .meta({ id: 'Message' });

export const rerouteReport = z
  .object({
    rerouted: count,
    unchanged: count,
    left: count,
    reroutings: z
      .array(
        z
          .object({
            deliveryId: z.string(),
            messageId: z.string(),
            route: z.string(),
            connection: z.string(),
            verdict: z.enum(['rerouted', 'unchanged', 'left']),
            reason: z.string().optional(),
            instead: z
              .array(
                z
                  .object({
                    id: z.string(),
                    route: z.string(),
                    connection: z.string(),
                    state: z.string(),
                    forwardPaths: z.array(z.string()).readonly(),
                  })
                  .readonly(),
              )
              .readonly(),
          })
          .readonly(),
      )
      .readonly()
      .meta({ description: 'The first 1,000' }),
  })
  .readonly()
  .meta({ id: 'RerouteReport' });
