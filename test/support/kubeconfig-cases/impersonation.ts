import { type KubeconfigCase, T } from './case.ts';
import { exec } from './plugins.ts';

export const IMPERSONATION: readonly KubeconfigCase[] = [
  {
    title: 'as',
    user: { token: 'T', as: 'jane' },
    sends: { ...T, 'impersonate-user': 'jane' },
  },
  {
    title: 'as with uid, groups and extra',
    user: {
      token: 'T',
      as: 'jane',
      'as-uid': '7',
      'as-groups': ['dev', 'a,b', 'Büro 1'],
      'as-user-extra': { 'Acme.io/Bär%': ['x', 'y'], none: [], reason: ['why'] },
    },
    sends: {
      ...T,
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': ['dev', 'a,b', 'Büro 1'],
      'impersonate-extra-acme.io%2fb%c3%a4r%25': ['x', 'y'],
      'impersonate-extra-reason': 'why',
    },
  },
  ...Object.entries({
    'as-uid': '7',
    'as-groups': ['dev'],
    'as-user-extra': { reason: ['why'] },
  }).map(([field, value]) => ({
    title: `${field} without as`,
    user: { token: 'T', [field]: value },
    error: new RegExp(`context "test" sets "${field}" without "as", which would have no effect`),
  })),
  {
    title: 'empty fields of impersonation',
    user: { token: 'T', as: '', 'as-uid': '', 'as-groups': [], 'as-user-extra': {} },
    sends: T,
  },
  {
    title: 'as with a line break',
    user: { token: 'T', as: 'jane\nAuthorization: Bearer X' },
    error: /"as" of context "test" contains a control character/,
  },
  {
    title: 'groups that are not a list',
    user: { token: 'T', as: 'jane', 'as-groups': 'dev' },
    error: /user "someone" is invalid: as-groups: Invalid input: expected array/,
  },
  {
    title: 'as, with a plugin',
    user: { as: 'jane', ...exec() },
    sends: { authorization: 'Bearer P', 'impersonate-user': 'jane' },
  },
];
