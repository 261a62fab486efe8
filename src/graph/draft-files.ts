// Attaches the files of a message to its draft: small ones by a request each, large ones by upload sessions.
import { base64Length } from '../core/base64-length.ts';
import { toMessageFiles, type MessageFile } from './attachments.ts';
import type { FilesProgress } from './draft-memory.ts';
import { immutableIds, postFile, type DraftContext } from './draft-requests.ts';
import { mailboxPath } from './mailbox-path.ts';
import { isTooLarge } from './refusal.ts';
import { hasCode, type StepRefused } from './step.ts';
import { uploadFile, type FileRefused } from './upload.ts';

/** What came of the files: how far they have come, and why no further. */
export interface Attached extends FilesProgress {
  readonly refused?: FileRefused;
}

/** In the order of the message, from where an earlier attempt has come to. Throws what the content throws. */
export async function attachFiles(
  id: string,
  { progress, ...options }: DraftContext & { readonly progress: FilesProgress },
): Promise<Attached> {
  const { outline, parts, submission } = options;
  const files = toMessageFiles(outline.files, (part) => parts.readPart(submission.content, part));
  for (const [index, file] of files.entries()) {
    if (index < progress.attached) continue;
    const session = index === progress.attached ? progress.session : undefined;
    const refused = await attachFile(file, { ...options, id, session });
    if (!refused) continue;
    const left = refused.session !== undefined && { session: refused.session };
    return { attached: index, ...left, refused };
  }
  return { attached: files.length };
}

type FileOptions = DraftContext & { readonly id: string; readonly session: string | undefined };

/** Graph has a limit for each of the two ways, and does not keep to it: what one refuses for its size goes the other. */
async function attachFile(
  file: MessageFile,
  options: FileOptions,
): Promise<FileRefused | undefined> {
  if (fitsOneRequest(file, options)) {
    const refused = await post(file, options);
    return refused?.result && isTooLarge(refused.result) ? await upload(file, options) : refused;
  }
  const refused = await upload(file, options);
  const isTooSmall = hasCode(refused?.result, 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize');
  return isTooSmall ? await post(file, options) : refused;
}

/** Files of 3 MB and more take an upload session. */
const maxPostedBytes = 2_999_999;
/** JSON around the content of a file. */
const jsonBytes = 2_000;

function fitsOneRequest({ part }: MessageFile, { requestLimitBytes }: FileOptions): boolean {
  const fits = base64Length(part.decodedBytes) + jsonBytes <= requestLimitBytes;
  return fits && part.decodedBytes <= maxPostedBytes;
}

async function post(file: MessageFile, options: FileOptions): Promise<StepRefused | undefined> {
  const step = await postFile(file, options);
  return step.kind === 'refused' ? step : undefined;
}

function upload(file: MessageFile, options: FileOptions): Promise<FileRefused | undefined> {
  const { id, submission } = options;
  const draftPath = `${mailboxPath(submission.sendAs)}/messages/${encodeURIComponent(id)}`;
  return uploadFile(file, { ...options, draftPath, headers: immutableIds });
}
