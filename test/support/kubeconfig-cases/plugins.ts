import { type KubeconfigCase, T } from './case.ts';

const P = { authorization: 'Bearer P' };
/** A user with a plugin next to the kubeconfig. */
export const exec = (fields: object = {}) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: './bin/plugin',
    interactiveMode: 'Never',
    ...fields,
  },
});
const oidc = (config: object) => ({ 'auth-provider': { name: 'oidc', config } });

export const PLUGINS: readonly KubeconfigCase[] = [
  { title: 'a plugin relative to the kubeconfig', user: exec(), sends: P },
  {
    title: 'a plugin relative to the kubeconfig, without ./',
    user: exec({ command: 'bin/plugin' }),
    sends: P,
  },
  {
    title: 'a plugin without a slash, which is searched on the PATH only',
    user: exec({ command: 'plugin-next-to-the-kubeconfig' }),
    error: /credential plugin "plugin-next-to-the-kubeconfig" of context "test" is not installed/,
  },
  {
    title: 'a plugin that does not exist',
    user: exec({ command: 'bin/none', installHint: 'Get it from\nexample.com.' }),
    error: /"\/.*\/bin\/none" of context "test" is not installed .* Get it from example\.com\./,
  },
  {
    title: 'a plugin with words and variables',
    user: exec({
      command: 'bin/words',
      args: ['a', 'b-c'],
      env: [{ name: 'NAME', value: 'v' }],
    }),
    sends: { authorization: 'Bearer a.b-c.v' },
  },
  {
    title: 'a plugin that asks for something on standard input',
    user: exec({ command: 'bin/prompt', interactiveMode: 'IfAvailable' }),
    error: /credential plugin "\/.*\/bin\/prompt" of context "test" failed: no error output/,
  },
  {
    title: 'a plugin that prints a client certificate',
    user: exec({ command: 'bin/certificate' }),
    sends: { certificate: 'jane' },
  },
  {
    title: 'a plugin that prints a certificate without a key',
    user: exec({ command: 'bin/no-key' }),
    error: /its output has a client certificate or a key, but not both/,
  },
  {
    title: 'a plugin that prints nothing',
    user: exec({ command: 'bin/nothing' }),
    error: /its output has no credentials/,
  },
  {
    title: 'a plugin of v1beta1 without interactiveMode',
    user: exec({
      command: 'bin/beta',
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      interactiveMode: undefined,
    }),
    sends: P,
  },
  {
    title: 'a plugin that prints another version',
    user: exec({ command: 'bin/beta' }),
    error: /its output has the apiVersion "client\.authentication\.k8s\.io\/v1beta1", but/,
  },
  {
    title: 'a plugin without interactiveMode',
    user: exec({ interactiveMode: undefined }),
    error: /is misconfigured: interactiveMode must be Never, IfAvailable, Always/,
  },
  {
    title: 'a plugin with an unknown interactiveMode',
    user: exec({ interactiveMode: 'Sometimes' }),
    error: /interactiveMode must be/,
  },
  {
    title: 'a plugin that needs a terminal',
    user: exec({ interactiveMode: 'Always' }),
    error: /needs a terminal \(interactiveMode: Always\), and standard input is none/,
  },
  {
    title: 'a plugin of v1alpha1',
    user: exec({ apiVersion: 'client.authentication.k8s.io/v1alpha1' }),
    error: /is misconfigured: apiVersion must be/,
  },
  {
    title: 'a plugin without a command',
    user: exec({ command: undefined }),
    error: /is misconfigured: command is missing/,
  },
  {
    title: 'a plugin with a variable without a name',
    user: exec({ env: [{ value: 'v' }] }),
    error: /each variable of env must have a name/,
  },
  { title: 'a token, before a plugin', user: { token: 'T', ...exec() }, sends: T },
  {
    title: 'a password, before a plugin',
    user: { username: 'jo', password: 'pw', ...exec() },
    sends: { authorization: 'Basic am86cHc=' },
  },
  {
    title: 'a client certificate, before a plugin',
    user: { 'client-certificate': 'client.crt', 'client-key': 'client.key', ...exec() },
    sends: { certificate: 'jane' },
  },
  {
    title: 'a plugin and an auth-provider',
    user: { ...exec(), ...oidc({}) },
    error: /has both "exec" and "auth-provider"/,
  },
];

const claimsOf = (exp: number) =>
  ['{}', JSON.stringify({ exp }), 'x']
    .map((one) => Buffer.from(one).toString('base64url'))
    .join('.');
const ISSUER = { 'idp-issuer-url': 'https://127.0.0.1:1', 'client-id': 'kubernetes' };

export const PROVIDERS: readonly KubeconfigCase[] = [
  {
    title: 'a valid id-token of OpenID Connect',
    user: oidc({ ...ISSUER, 'id-token': claimsOf(4_102_444_800) }),
    sends: { authorization: `Bearer ${claimsOf(4_102_444_800)}` },
  },
  {
    title: 'an expired id-token that cannot be refreshed',
    user: oidc({ ...ISSUER, 'id-token': claimsOf(946_684_800) }),
    error: /the id-token of .* expired at 2000-01-01T00:00:00\.000Z\. Run kubectl get namespaces/,
  },
  {
    title: 'OpenID Connect without a token',
    user: oidc(ISSUER),
    error: /context "test" has no id-token of its auth-provider/,
  },
  {
    title: 'an id-token that is none',
    user: oidc({ ...ISSUER, 'id-token': 'SECRET' }),
    error: /is not a JSON Web Token/,
  },
  {
    title: 'an auth-provider that was removed',
    user: { 'auth-provider': { name: 'gcp', config: {} } },
    error: /uses the auth-provider "gcp", which kubectl does not support either/,
  },
];
