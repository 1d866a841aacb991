/** Statements that apply to nothing when a template is exercised, and why they are there. */
export const NOT_EXERCISED: Readonly<Record<string, RegExp>> = {
  'who asks over plain http is refused, and nothing here speaks it': /AllowPublishThroughSSLOnly$/,
  'who administers the account may administer the key': /^[0-9a-f-]{36}\/1$/,
  'the trust policy of a role of CDK lets the refresher in, and the refresher may not go':
    /^cdk-deploy\//,
};
