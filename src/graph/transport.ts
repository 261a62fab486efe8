// The way out through Microsoft Graph.
import { failed } from '../core/outcome.ts';
import type { Clock, Transport } from '../relay/ports.ts';
import { bytesWithin } from './base64.ts';
import type { GraphHttp } from './http.ts';
import { outcomeOf } from './outcome.ts';
import { sendMail } from './send-mail.ts';

export interface GraphTransportOptions {
  readonly http: GraphHttp;
  /** The most bytes that the body of one request may have: base64 of the message. */
  readonly requestLimitBytes: number;
  readonly clock: Clock;
}

export function createGraphTransport(options: GraphTransportOptions): Transport {
  const maxMessageBytes = bytesWithin(options.requestLimitBytes);
  return {
    maxMessageBytes,
    async send(submission, { signal }) {
      const { sizeBytes } = submission.content;
      if (sizeBytes > maxMessageBytes) return tooLarge(sizeBytes, maxMessageBytes);
      const result = await sendMail(submission, { http: options.http, signal });
      return outcomeOf(result, { now: options.clock.now(), attempt: submission.attempt });
    },
  };
}

function tooLarge(sizeBytes: number, maxMessageBytes: number) {
  return failed('5.3.4', {
    reason: 'tooLarge',
    diagnostic: `The message has ${sizeBytes} bytes, and one request to Microsoft Graph carries ${maxMessageBytes}`,
  });
}
