import { type KubeconfigCase, T } from './case.ts';

export const TOKENS: readonly KubeconfigCase[] = [
  { title: 'token', user: { token: 'T' }, sends: T },
  {
    title: 'tokenFile, relative to the kubeconfig',
    user: { tokenFile: 'token.txt' },
    sends: { authorization: 'Bearer from-file' },
  },
  {
    title: 'tokenFile, before token',
    user: { token: 'T', tokenFile: 'token.txt' },
    sends: { authorization: 'Bearer from-file' },
  },
  {
    title: 'token, if the tokenFile does not exist',
    user: { token: 'T', tokenFile: 'none' },
    sends: T,
  },
  {
    title: 'token, if the tokenFile is empty',
    user: { token: 'T', tokenFile: 'empty.txt' },
    sends: T,
  },
  {
    title: 'a tokenFile that does not exist',
    user: { tokenFile: 'none' },
    error: /the tokenFile \/.*\/none of context "test" cannot be read: ENOENT/,
  },
  {
    title: 'a tokenFile that is empty',
    user: { tokenFile: 'empty.txt' },
    error: /the tokenFile \/.*\/empty\.txt of context "test" is empty/,
  },
  {
    title: 'token-file, which is no field of a kubeconfig',
    user: { 'token-file': 'token.txt' },
    error: /user "someone" of context "test" has no credentials/,
  },
  { title: 'no credentials', user: {}, error: /has no credentials in the kubeconfig: log in/ },
  {
    title: 'a token with a line break',
    user: { token: 'SECRET\n' },
    error: /the token of context "test" contains a line break/,
  },
  {
    title: 'a token that is a number',
    user: { token: 123_456 },
    error: /kubeconfig .*: user "someone" is invalid: token: Invalid input: expected string/,
  },
  {
    title: 'username and password',
    user: { username: 'jo', password: 'pw' },
    sends: { authorization: 'Basic am86cHc=' },
  },
  {
    title: 'username and token',
    user: { username: 'jo', password: 'SECRET', token: 'T' },
    error: /context "test" has both "token" and "username"/,
  },
  {
    title: 'username and tokenFile',
    user: { username: 'jo', password: 'SECRET', tokenFile: 'token.txt' },
    error: /has both "tokenFile" and "username"/,
  },
];

export const CERTIFICATES: readonly KubeconfigCase[] = [
  {
    title: 'a client certificate, relative to the kubeconfig',
    user: { 'client-certificate': 'client.crt', 'client-key': 'client.key' },
    sends: { certificate: 'jane' },
  },
  {
    title: 'a client certificate and a token',
    user: { 'client-certificate': 'client.crt', 'client-key': 'client.key', token: 'T' },
    sends: { certificate: 'jane', ...T },
  },
  {
    title: 'a client certificate without a key',
    user: { 'client-certificate': 'client.crt', token: 'T' },
    error: /has a client certificate without a key/,
  },
  {
    title: 'a key without a client certificate',
    user: { 'client-key': 'client.key', token: 'T' },
    sends: T,
  },
  {
    title: 'a client certificate that does not exist',
    user: { 'client-certificate': 'none', 'client-key': 'client.key', token: 'T' },
    error: /the client-certificate of context "test" cannot be read: ENOENT/,
  },
  {
    title: 'a client certificate twice',
    user: {
      'client-certificate': 'client.crt',
      'client-certificate-data': 'eA==',
      'client-key': 'client.key',
    },
    error: /has both "client-certificate" and "client-certificate-data"/,
  },
  {
    title: 'a client certificate that is none',
    user: { 'client-certificate': 'token.txt', 'client-key': 'client.key' },
    error: /context "test": the client certificate or its key cannot be used: .*PEM/,
  },
  {
    title: 'a certificate authority, relative to the kubeconfig',
    user: { token: 'T' },
    cluster: { 'certificate-authority': 'ca.pem', 'certificate-authority-data': undefined },
    sends: T,
  },
  {
    title: 'a certificate authority twice',
    user: { token: 'T' },
    cluster: { 'certificate-authority': 'ca.pem' },
    error: /has both "certificate-authority" and "certificate-authority-data"/,
  },
  {
    title: 'a certificate authority that is none',
    user: { token: 'T' },
    cluster: { 'certificate-authority-data': 'Zm9v' },
    error: /the certificate-authority is not a PEM certificate/,
  },
  {
    title: 'a certificate authority that does not exist',
    user: { token: 'T' },
    cluster: { 'certificate-authority': 'none', 'certificate-authority-data': undefined },
    error: /the certificate-authority of context "test" cannot be read: ENOENT/,
  },
];
