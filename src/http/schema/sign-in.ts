// A sign-in for a connection, as the API tells of it.
import { z } from 'zod';
import { time } from './values.ts';

export const signInReport = z
  .object({
    state: z
      .enum(['underWay', 'signedIn', 'notSignedIn'])
      .meta({ description: 'underWay: ask again until it is another' }),
    account: z.string().meta({ description: 'As whom somebody has to sign in' }),
    endsAt: time.meta({ description: 'Nobody is waited for any longer' }),
    step: z
      .object({
        kind: z.enum(['code', 'browser']).meta({
          description:
            'code: enter `userCode` at `url`, on any device; browser: open `url` in a browser of the machine of the gateway',
        }),
        url: z.string(),
        userCode: z.string().optional(),
      })
      .readonly()
      .optional()
      .meta({ description: 'What somebody has to do' }),
    signedInAs: z
      .object({ username: z.string(), name: z.string() })
      .readonly()
      .optional()
      .meta({ description: 'Whose account is connected' }),
    error: z.string().optional().meta({ description: 'What went wrong, and what to do' }),
  })
  .readonly()
  .meta({ id: 'SignIn' });

export type SignInReportJson = z.infer<typeof signInReport>;
