// What becomes of each recipient of a message, in a few words that can be compared.
import type { RouteExplanation } from '../relay/explain-message.ts';
import type { TrialResult, TrialSession } from './trial.ts';

/** One line, without what differs from send to send. */
export type Fate = string;

/** By recipient: those of the envelope, and those whom a rule added. */
export function fatesOf(
  result: TrialResult,
  { rcpt }: Pick<TrialSession, 'rcpt'>,
): ReadonlyMap<string, Fate> {
  if (result.kind === 'refused') {
    const { code, status, text } = result.reply;
    return new Map(rcpt.map((recipient) => [recipient, `refused: ${code} ${status} ${text}`]));
  }
  return new Map(result.explanation.routes.flatMap(fatesOfRoute));
}

function fatesOfRoute({ route, sends }: RouteExplanation): readonly [string, Fate][] {
  const { rule, action, forwardPaths, insteadOf } = route;
  if (action.kind === 'drop') return forwardPaths.map((path) => [path, `dropped by ${rule}`]);
  const redirected = (insteadOf ?? []).map((path): [string, Fate] => [
    path,
    `redirected by ${rule}`,
  ]);
  const sent = sends.flatMap(({ connection, submission, route: planned }) => {
    const held = planned.action.hold ? 'held by ' : '';
    const way = `${held}${rule} over ${connection.name} as ${submission.from} from ${submission.sendAs}`;
    return planned.forwardPaths.map((path): [string, Fate] => [path, way]);
  });
  return [...redirected, ...sent];
}
