// Counts what the requests of one send take of a mailbox's limits.
import type { RequestUse } from '../core/pace.ts';
import type { GraphHttp, GraphRequest, UploadRequest } from './http.ts';

interface Meter {
  /** The same requests, counted. */
  readonly http: GraphHttp;
  use(): RequestUse;
}

export function createMeter(http: GraphHttp): Meter {
  let [requests, uploadBytes] = [0, 0];
  const count = ({ body }: Pick<GraphRequest | UploadRequest, 'body'>) => {
    requests += 1;
    uploadBytes += body?.contentLength ?? 0;
  };
  return {
    http: {
      request(request) {
        count(request);
        return http.request(request);
      },
      upload(request) {
        count(request);
        return http.upload(request);
      },
    },
    use: () => ({ requests, uploadBytes }),
  };
}
