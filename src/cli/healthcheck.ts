// `graphpost healthcheck`: can the gateway accept mail? For container images that have no curl.

/** Longer than a healthy gateway ever takes to answer. */
const patienceMs = 5_000;

/** Exit code 0: it can; 1: it says that it cannot; 2: the URL is none; 4: nobody answers. */
export async function runHealthcheck(
  options: { readonly url: string },
  io: { readonly stdout: NodeJS.WritableStream; readonly stderr: NodeJS.WritableStream },
): Promise<number> {
  const base = URL.parse(options.url);
  if (base?.protocol !== 'http:' && base?.protocol !== 'https:') {
    io.stderr.write(`"${options.url}" is no URL: give one such as http://127.0.0.1:9464\n`);
    return 2;
  }
  const url = new URL('/readyz', base).href;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    const text = (await response.text()).trim();
    (response.ok ? io.stdout : io.stderr).write(`${text}\n`);
    return response.ok ? 0 : 1;
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    io.stderr.write(`No gateway answers at ${url}: ${reason}\n`);
    return 4;
  }
}
