import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { Authenticate } from '../kubernetes/access/user-info.ts';

const TokenReview = z.object({ spec: z.object({ token: z.string() }) });

/** An authentication webhook for an API server. */
interface TokenReviewServer {
  readonly url: string;
  stop(): void;
}

/** Starts a webhook that answers TokenReviews (`authentication.k8s.io/v1`), like the authenticator of EKS. */
export async function startTokenReviewServer(
  authenticate: Authenticate,
): Promise<TokenReviewServer> {
  const server = createServer(async (request, response) => {
    const { token } = TokenReview.parse(JSON.parse(await text(request))).spec;
    const user = await authenticate(token).catch(() => undefined);
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        status: user ? { authenticated: true, user } : { authenticated: false },
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
