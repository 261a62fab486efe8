// Messages of 20 MB through a sidecar, one after the other.
import { randomBytes } from 'node:crypto';
import { createTransport } from 'nodemailer';

/** In base64, with a header around it, it is a message of 20 MB. */
const fileBytes = 14_600_000;

/** Resolves with the replies; rejects with the first that is no 250. */
export async function sendLargeMessages(
  port: number,
  { count }: { readonly count: number },
): Promise<readonly string[]> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const mail = { from: 'app@contoso.com', to: 'ann@example.com', text: 'x' };
  const attachments = [{ filename: 'all.bin', content: randomBytes(fileBytes) }];
  const replies: string[] = [];
  for (let number = 1; number <= count; number++) {
    const { response } = await transport.sendMail({ ...mail, subject: `${number}`, attachments });
    replies.push(response);
  }
  return replies;
}
