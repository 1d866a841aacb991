/** The user of a token, as in the status of a TokenReview (`authentication.k8s.io/v1`). */
export interface UserInfo {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid?: string;
}

/** Finds the user of a token. The API server answers with 401 when there is none. */
export type Authenticate = (token: string) => Promise<UserInfo | undefined>;
