import type { buildConnector as BuildConnector } from 'undici';
import buildConnector from 'undici/lib/core/connect.js';
import { authoritySets, tryAuthorities } from './certificate-authorities.ts';

type TlsOptions = BuildConnector.BuildOptions & { readonly ca: string };

/** Returns the `connect` option of an undici client for a bundle in which several authorities may have the same name. */
export function tlsConnector(tls: TlsOptions): TlsOptions | BuildConnector.connector {
  const sets = authoritySets(tls.ca);
  if (sets.length === 1) return tls;
  const connectors = new Map(sets.map((ca) => [ca, buildConnector({ ...tls, ca })]));
  return (options, callback) => {
    const attempt = (ca: string) =>
      new Promise<Parameters<BuildConnector.Callback>[1]>((resolve, reject) => {
        connectors.get(ca)?.(options, (error, socket) => (error ? reject(error) : resolve(socket)));
      });
    tryAuthorities(sets, attempt).then(
      (socket) => socket && callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };
}
