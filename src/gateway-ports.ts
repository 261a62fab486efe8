// The ports of telemetry and page, bound before mail is taken: a gateway that cannot have them ends, and has taken none.
import type { Endpoint } from './config/config.ts';
import type { GatewayOptions } from './gateway.ts';
import { bindPort, type BoundPort } from './http/serve.ts';

/** Absent: it is off. */
export interface HttpPorts {
  readonly telemetry: BoundPort | undefined;
  readonly admin: BoundPort | undefined;
}

/** Requests that come early wait for their app. Rejects with a sentence for the operator. */
export async function bindHttpPorts(
  { config: { http } }: Pick<GatewayOptions, 'config'>,
  stack: AsyncDisposableStack,
): Promise<HttpPorts> {
  return {
    telemetry: await bind(http.telemetry, { key: 'http.telemetry', stack }),
    admin: await bind(http.admin, { key: 'http.admin', stack }),
  };
}

async function bind(
  endpoint: Endpoint | false,
  { key, stack }: { readonly key: string; readonly stack: AsyncDisposableStack },
): Promise<BoundPort | undefined> {
  if (endpoint === false) return undefined;
  try {
    const port = await bindPort(endpoint);
    stack.defer(() => port.close());
    return port;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${key}: ${reason}`, { cause });
  }
}
