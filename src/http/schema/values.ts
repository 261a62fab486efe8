// Values that stand in many answers of the API.
import { z } from 'zod';

export const time = z.iso.datetime().meta({ description: 'UTC, as 2026-11-22T14:00:00.000Z' });

export const count = z.int().nonnegative();

/** Trouble in words. */
export const trouble = z
  .object({
    at: time,
    reason: z.string().meta({ description: 'Out of a closed set, as in the metrics' }),
    problem: z.string().meta({ description: 'What is wrong, in one sentence' }),
    remedy: z.string().optional().meta({ description: 'What mends it' }),
    code: z.string().optional().meta({ description: "Microsoft's code, such as AADSTS7000222" }),
    httpStatus: z.int().optional(),
    requestId: z.string().optional().meta({ description: "Graph's request-id" }),
    detail: z.string().optional().meta({ description: 'What Microsoft says, or the cause' }),
  })
  .readonly();

export type TroubleView = z.infer<typeof trouble>;
