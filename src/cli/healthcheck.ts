// `graphpost healthcheck`: can the gateway accept mail? For container images that have no curl.

import { findConfigFile } from '../config/find-config.ts';
import { loadConfig } from '../config/load.ts';

const usualUrl = 'http://127.0.0.1:9464';

/** Where the configuration puts it; where nothing can be read, it is asked where it is as a rule. */
export function telemetryUrl(flag: string | undefined, { cwd }: { readonly cwd: string }): string {
  const found = findConfigFile({ flag, env: process.env, cwd });
  if (found.kind === 'missing') return usualUrl;
  const loading = loadConfig(found.file, { env: process.env });
  if (loading.kind === 'faulty' || loading.config.http.telemetry === false) return usualUrl;
  const { host, port } = loading.config.http.telemetry;
  const reached =
    new Map([
      ['0.0.0.0', '127.0.0.1'],
      ['::', '::1'],
    ]).get(host) ?? host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

/** Longer than a healthy gateway ever takes to answer. */
const patienceMs = 5_000;

/** Exit code 0: it can; 1: it says that it cannot; 2: the URL is none; 4: nobody answers. */
export async function runHealthcheck(
  options: { readonly url: string; readonly json?: boolean },
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
    if (options.json === true) {
      io.stdout.write(`${JSON.stringify({ ok: response.ok, url, text })}\n`);
    } else (response.ok ? io.stdout : io.stderr).write(`${text}\n`);
    return response.ok ? 0 : 1;
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const sentence = `No gateway answers at ${url}: ${reason}`;
    if (options.json === true) {
      io.stdout.write(`${JSON.stringify({ ok: false, url, text: sentence })}\n`);
    } else io.stderr.write(`${sentence}\n`);
    return 4;
  }
}
