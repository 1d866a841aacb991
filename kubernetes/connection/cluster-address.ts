/** The address of a cluster's API, and the authority that its certificate is verified against. */
export interface ClusterAddress {
  /** An `https` URL. If it has a path, the paths of requests follow it. */
  readonly url: string;
  /** PEM certificates, one of which must have signed the API server's. */
  readonly certificateAuthority: string;
}
