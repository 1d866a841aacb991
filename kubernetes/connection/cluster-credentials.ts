/** What authenticates a request to a cluster's API. */
export type ClusterCredentials = BearerToken | ClientCertificate;

/** A token in the header of each request. */
export interface BearerToken {
  readonly value: string;
  /** When to replace it. The cluster still accepts it then. */
  readonly staleAt: Date;
}

/** A certificate that authenticates the connection. */
export interface ClientCertificate {
  /** PEM; authorities that signed it may follow. */
  readonly certificate: string;
  /** PEM, not encrypted. */
  readonly key: string;
  /** When to replace it. The cluster still accepts it then. */
  readonly staleAt: Date;
}
