/** Who a token belongs to, as a TokenReview of authentication.k8s.io/v1 answers it. */
export interface UserInfo {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid?: string;
}

/** Says whose token it is; `undefined` when it is nobody's, which the API server answers with 401. */
export type Authenticate = (token: string) => Promise<UserInfo | undefined>;
