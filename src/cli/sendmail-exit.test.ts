import { describe, expect, test } from 'vitest';
import type { HandedOver } from '../smarthost/hand-over.ts';
import { exitCodeOf } from './sendmail-exit.ts';

type Refused = Extract<HandedOver, { kind: 'refused' }>;

describe('exitCodeOf()', () => {
  test.each<[Omit<Refused, 'kind'>, number]>([
    [{ stage: 'connect', text: 'connect ECONNREFUSED 127.0.0.1:25' }, 75],
    [{ stage: 'connect', text: 'getaddrinfo ENOTFOUND relay.example.com' }, 68],
    [{ stage: 'connect', text: 'getaddrinfo EAI_AGAIN relay.example.com' }, 75],
    [{ stage: 'connect', code: 554, text: '554 5.3.2 closed' }, 69],
    [{ stage: 'login', code: 535, text: '535 5.7.8 Wrong' }, 77],
    [{ stage: 'mail', code: 550, text: '550 5.7.1 Not allowed' }, 77],
    [{ stage: 'mail', code: 452, text: '452 4.3.1 Full' }, 75],
    [{ stage: 'rcpt', code: 550, text: '550 5.1.1 No such user' }, 67],
    [{ stage: 'rcpt', code: 550, text: '550 5.7.1 Not to him' }, 77],
    [{ stage: 'data', code: 552, text: '552 5.3.4 Too large' }, 65],
    [{ stage: 'data', code: 554, text: '554 5.6.0 Bad content' }, 65],
    [{ stage: 'data', code: 554, text: '554 5.0.0 No' }, 69],
    [{ stage: 'data', code: 451, text: '451 4.3.0 Later' }, 75],
    [{ stage: 'data', text: 'Connection closed' }, 75],
  ])('of %j is %i', (refused, code) => {
    expect(exitCodeOf({ kind: 'refused', ...refused })).toBe(code);
  });

  test('asks for no repetition where others have the message', () => {
    const refused = [{ forwardPath: 'bob@example.com', reply: '452 4.5.3 Later' }];
    expect(exitCodeOf({ kind: 'taken', reply: '250 ok', refused })).toBe(67);
    expect(exitCodeOf({ kind: 'taken', reply: '250 ok', refused: [] })).toBe(0);
  });
});
