/** Where an authorization server is asked (RFC 8414 section 2). */
export interface OAuth2Endpoints {
  readonly authorize: string;
  readonly token: string;
  readonly revoke?: string;
  readonly deviceAuthorization?: string;
  readonly userinfo?: string;
  /** The value of `iss` and of id tokens, where the platform sends them. */
  readonly issuer?: string;
}
