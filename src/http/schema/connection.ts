// A way out, as the API and the page show it.
import { z } from 'zod';
import { breakerStates } from '../../core/breaker.ts';
import { count, time, trouble } from './values.ts';

const identity = z
  .object({
    text: z.string().meta({ description: 'All of it in words; never a secret' }),
    credential: z
      .enum(['secret', 'certificate', 'pfx', 'federatedToken', 'managedIdentity', 'none'])
      .optional(),
    tenant: z.string().optional(),
    clientId: z.string().optional(),
    account: z.string().optional().meta({ description: 'As whom the app acts' }),
    username: z.string().optional().meta({ description: 'Of a login at another mail server' }),
  })
  .readonly();

const token = z
  .object({ obtainedAt: time, expiresAt: time.optional() })
  .readonly()
  .meta({ description: 'The last one that this process was given' });

const breaker = z
  .object({
    state: z.enum(breakerStates),
    openSince: time.optional().meta({ description: 'As far as this process has seen it open' }),
    nextProbeAt: time.optional(),
  })
  .readonly();

const pausedLane = z
  .object({
    lane: z.string(),
    mailbox: z.string().optional(),
    pausedUntil: time,
    why: z.string().optional(),
  })
  .readonly();

const hold = z
  .object({
    scope: z.enum(['connection', 'lane', 'originator', 'largeMessages']),
    since: time,
    lane: z.string().optional(),
    mailbox: z.string().optional(),
    from: z.string().optional().meta({ description: 'The From address that is held' }),
    what: z.string().meta({ description: 'What waits, in words' }),
    problem: z.string(),
    remedy: z.string().optional(),
    code: z.string().optional(),
  })
  .readonly();

export const connection = z
  .object({
    name: z.string(),
    type: z.enum(['graph', 'sandbox', 'smtp']),
    identity,
    state: z.enum(['up', 'down', 'unknown']).meta({ description: 'unknown: not used yet' }),
    token: token.optional(),
    credentialExpiresAt: time.optional(),
    lastSuccessAt: time.optional(),
    lastTrouble: trouble.optional(),
    troubleIsOver: z
      .boolean()
      .meta({ description: 'There is no trouble, or mail has gone since the last one' }),
    breaker,
    inFlight: count.meta({
      description: 'Deliveries of the queue in flight, over its lanes (the first 1,000)',
    }),
    requestsInFlight: count.meta({ description: 'Requests of this process that are under way' }),
    limitPerLane: count.meta({ description: 'Deliveries in flight in one lane at most' }),
    waiting: count.meta({ description: 'Deliveries that wait; counted up to 1,000 in each lane' }),
    lanes: count.meta({ description: 'Lanes with something in flight or waiting' }),
    pausedLanes: z.array(pausedLane).readonly().meta({ description: 'At most 20, longest first' }),
    pausedLanesCount: count,
    sharesLanesWith: z
      .array(z.string())
      .readonly()
      .meta({ description: 'Connections of the same app: their figures are the same' }),
    holds: z.array(hold).readonly().meta({ description: 'At most 20, oldest first' }),
    holdsCount: count,
    signIn: z
      .object({ needed: z.boolean(), command: z.string() })
      .readonly()
      .optional()
      .meta({ description: 'Where somebody signs in for it' }),
  })
  .readonly();

export type ConnectionView = z.infer<typeof connection>;
export type IdentityView = z.infer<typeof identity>;
export type HoldView = z.infer<typeof hold>;
export type PausedLaneView = z.infer<typeof pausedLane>;
