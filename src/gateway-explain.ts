// What the page and the API ask about a message that nobody sends: the configuration in force answers.
import { Buffer } from 'node:buffer';
import type { Config } from './config/config.ts';
import type { Explainer } from './relay/ports.ts';
import { createReport } from './trial/report.ts';
import { formatReport } from './trial/report-text.ts';
import { envelopeOf } from './trial/envelope.ts';
import { sessionFault } from './trial/session-fault.ts';
import { Trial, withCrlf } from './trial/trial.ts';

/** @param config the one in force at the time of each question */
export function createExplainer(config: () => Config): Explainer {
  return async ({ message, mailFrom, rcpt, ...session }) => {
    const raw = withCrlf(Buffer.from(message, 'utf8'));
    const inForce = config();
    await using trial = new Trial(inForce);
    const envelope = envelopeOf({ mailFrom, rcpt }, raw);
    const nobody = envelope.rcpt.length === 0 ? noRecipient : undefined;
    const fault = trial.checkClient(session.client) ?? sessionFault(session, inForce) ?? nobody;
    if (fault !== undefined) return { fault };
    const report = await createReport(await trial.run({ ...session, ...envelope }, raw), raw);
    return { report, text: formatReport(report) };
  };
}

const noRecipient = 'Nobody to send to: name a recipient, or give a message with a To';
