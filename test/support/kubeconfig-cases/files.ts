import { type KubeconfigCase, T } from './case.ts';

export const FILES: readonly KubeconfigCase[] = [
  ...['', '# nothing\n', '---\n', 'null\n', '{}\n'].map((text) => ({
    title: `an empty file in KUBECONFIG: ${JSON.stringify(text)}`,
    before: [text],
    after: [text],
    user: { token: 'T' },
    sends: T,
  })),
  {
    title: 'a missing file in KUBECONFIG',
    before: ['/nowhere/config'],
    user: { token: 'T' },
    sends: T,
  },
  {
    title: 'a folder in KUBECONFIG',
    before: ['/usr'],
    user: { token: 'T' },
    error: /kubeconfig \/usr cannot be read: EISDIR/,
  },
  {
    title: 'a file in KUBECONFIG that is no YAML',
    after: ['token: SECRET\n  - x: ['],
    user: { token: 'T' },
    error: /kubeconfig .* cannot be read: (?!.*SECRET)/,
  },
  ...['*SECRET', '&SECRET', '@SECRET', '"SECRET', '{SECRET', '%SECRET', '`SECRET'].map((value) => ({
    title: `a password that is no YAML: ${value}`,
    user: { username: 'jo', password: 'PASSWORD' },
    edit: (text: string) => text.replace('"PASSWORD"', value),
    ...(value === '&SECRET' ? { sends: { authorization: 'Basic am86' } } : {}),
    ...(value === '&SECRET'
      ? {}
      : { error: /kubeconfig .* cannot be read: [a-z].* in line 1\. C/ }),
  })),
  {
    title: 'a file in KUBECONFIG that is a list',
    after: ['[]'],
    user: { token: 'T' },
    error: /kubeconfig .* cannot be used: Invalid input: expected object/,
  },
  {
    title: 'a file of another kind',
    after: ['{"apiVersion": "v1", "kind": "Secret"}'],
    user: { token: 'T' },
    error: /kubeconfig .* cannot be used: kind: Invalid option/,
  },
  {
    title: 'an entry of an earlier file, as a whole',
    before: ['users: [{name: someone, user: {as: jane, token: earlier}}]'],
    user: { token: 'T', 'as-groups': ['dev'] },
    sends: { authorization: 'Bearer earlier', 'impersonate-user': 'jane' },
  },
  {
    title: 'an entry of a later file with the same name',
    after: ['users: [{name: someone, user: {as: jane, token: later}}]'],
    user: { token: 'T' },
    sends: T,
  },
  {
    title: 'the current context of the first file that has one',
    before: ['current-context: other'],
    user: { token: 'T' },
    error: /has no context "other"; it has test/,
  },
  {
    title: 'a repeated key, of which the last one applies',
    user: { token: 'T' },
    edit: (text) => text.replace('"token":"T"', '"token":"first","token":"T"'),
    sends: T,
  },
  {
    title: 'a repeated list, of which the last one applies',
    user: { token: 'T' },
    edit: (text) => text.replace('{', '{"users":[],"current-context":"other",'),
    sends: T,
  },
  {
    title: 'a user twice',
    user: { token: 'T' },
    others: { users: [{ name: 'someone', user: { token: 'X' } }] },
    error: /kubeconfig .*: user "someone" exists twice: remove one of them/,
  },
  {
    title: 'a context twice',
    user: { token: 'T' },
    others: { contexts: [{ name: 'test', context: { cluster: 'test', user: 'x' } }] },
    error: /context "test" exists twice/,
  },
  {
    title: 'broken entries that are not used',
    user: { token: 'T' },
    others: {
      clusters: [{ name: 'empty', cluster: {} }, { name: 'without' }, null],
      contexts: [{ name: 'empty', context: {} }, { name: 'without' }],
      users: [
        { name: 'empty' },
        { name: 'plugin', user: { exec: {} } },
        { name: 'file', user: { 'client-certificate': '/nowhere', 'as-groups': ['dev'] } },
      ],
    },
    sends: T,
  },
  {
    title: 'unknown fields',
    user: { token: 'T', 'as-far-as-we-know': true },
    cluster: { colour: 'blue' },
    edit: (text) => text.replace('{', '{"preferences":{"colors":true},"extensions":null,"x":1,'),
    sends: T,
  },
  {
    title: 'anchors and merge keys',
    user: { token: 'T' },
    edit: (text) =>
      text.replace('"user":{"token":"T"}', '"user": {<<: &base {token: X, as: jane}, token: T}'),
    sends: { ...T, 'impersonate-user': 'jane' },
  },
  {
    title: 'a byte order mark and Windows line ends',
    user: { token: 'T' },
    edit: (text) => `\uFEFF# comment\r\n${text}\r\n`,
    sends: T,
  },
  {
    title: 'the first of several documents',
    user: { token: 'T' },
    edit: (text) => `${text}\n---\ncurrent-context: other\n`,
    sends: T,
  },
  {
    title: 'a context without a user',
    user: { token: 'T' },
    context: { cluster: 'test' },
    error: /context "test" refers to a user that .* does not contain/,
  },
  {
    title: 'a context without its cluster',
    user: { token: 'T' },
    context: { cluster: 'none', user: 'someone' },
    error: /context "test" refers to a cluster that .* does not contain/,
  },
  {
    title: 'a server without a scheme',
    user: { token: 'T' },
    edit: (text) => text.replace('https://', ''),
    error: /context "test" connects to 127\.0\.0\.1:\d+, which would send credentials unencrypted/,
  },
  {
    title: 'a server with a path',
    user: { token: 'T' },
    edit: (text) => text.replace(/(https:[^"]*)/, '$1/clusters/c-1/'),
    sends: { ...T, path: '/clusters/c-1/version' },
  },
  {
    title: 'a proxy-url without a scheme',
    user: { token: 'T' },
    cluster: { 'proxy-url': 'jo:SECRET@127.0.0.1:9' },
    error: /proxy-url in the kubeconfig is "127\.0\.0\.1:9", which is not the URL of a proxy/,
  },
  {
    title: 'a proxy-url of another scheme',
    user: { token: 'T' },
    cluster: { 'proxy-url': 'ftp://127.0.0.1:9' },
    error: /proxy-url in the kubeconfig is "ftp:\/\/127\.0\.0\.1:9", which is not/,
  },
];
