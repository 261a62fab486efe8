// What both Graph and the upload host ask of a request before they read it: a length, and room in the mailbox's lane.
import { graphFaultAnswer, htmlAnswer, type Answer, type GraphFault } from './answer.ts';
import type { Journal } from './journal.ts';
import type { Admission, SandboxRequest } from './request.ts';
import type { Lane } from './throttle.ts';

export interface LaneAdmissionOptions {
  readonly lane: Lane;
  readonly journal: Journal;
  readonly carryOut: () => Promise<Answer | GraphFault>;
}

/** 411 for a body without a length, 413 for more than `maxBytes`: from the web server in front, whoever asks. */
export function framingAnswer(
  { method, body }: SandboxRequest,
  maxBytes: number,
): Answer | undefined {
  if (!hasBody(method)) return undefined;
  if (body.declaredBytes === undefined) return htmlAnswer(411, 'Length Required');
  if (body.declaredBytes <= maxBytes) return undefined;
  return htmlAnswer(413, '413 - Request Entity Too Large');
}

/** Lets the request into the lane, or answers 429 and holds it against its sender. */
export function admitToLane(request: SandboxRequest, options: LaneAdmissionOptions): Admission {
  const { lane, journal, carryOut } = options;
  const uploadBytes = hasBody(request.method) ? (request.body.declaredBytes ?? 0) : 0;
  const throttling = lane.enter({ now: request.receivedAt, uploadBytes });
  if (throttling !== undefined) {
    journal.violation(throttling.violation);
    return { kind: 'refused', lane, answer: graphFaultAnswer(throttling.fault, request) };
  }
  return {
    kind: 'admitted',
    lane,
    carryOut: async () => {
      const result = await carryOut();
      return 'code' in result ? graphFaultAnswer(result, request) : result;
    },
  };
}

function hasBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}
