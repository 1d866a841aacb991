/** A rule for names, keys or label values. Returns the messages of the API server; none for a valid value. */
export type NameRule = (value: string) => readonly string[];

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';

const anchored = (pattern: string) => new RegExp(`^(?:${pattern})$`);
const atMost = (length: number, value: string) =>
  value.length > length ? [`must be no more than ${length} characters`] : [];

const rule =
  (pattern: string, message: string, length: number): NameRule =>
  (value) => [...atMost(length, value), ...(anchored(pattern).test(value) ? [] : [message])];

const label = rule(
  LABEL,
  `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
  63,
);

/** Names of namespaces, containers and volumes: RFC 1123 labels. */
export const dnsLabel: NameRule = (value) =>
  value.includes('.') && anchored(SUBDOMAIN).test(value)
    ? [...atMost(63, value), 'must not contain dots']
    : label(value);

/** Names of most objects: RFC 1123 subdomains. */
export const dnsSubdomain = rule(
  SUBDOMAIN,
  `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
  253,
);

/** Values of labels, which can be empty. */
export const labelValue = rule(
  `(${QUALIFIED})?`,
  `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${QUALIFIED})?')`,
  63,
);

const namePart = rule(
  QUALIFIED,
  `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`,
  63,
);

/** Keys of labels and annotations: a name with an optional prefix, a DNS subdomain. */
export const qualifiedName: NameRule = (value) => {
  const [first = '', second, ...more] = value.split('/');
  if (more.length > 0)
    return [
      `a valid label key ${namePart('-')[0]} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const name = second ?? first;
  const prefixErrors =
    second === undefined
      ? []
      : first === ''
        ? ['prefix part must be non-empty']
        : dnsSubdomain(first).map((message) => `prefix part ${message}`);
  const nameErrors =
    name === ''
      ? ['name part must be non-empty']
      : namePart(name).map((message) => `name part ${message}`);
  return [...prefixErrors, ...nameErrors];
};

const configKeyCharacters = rule(
  CONFIG_KEY,
  `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '${CONFIG_KEY}')`,
  253,
);

/** Keys of a Secret's data. They become file names, so they must not be relative paths. */
export const configKey: NameRule = (value) => {
  const errors = configKeyCharacters(value);
  if (value === '.') return [...errors, "must not be '.'"];
  if (value === '..') return [...errors, "must not be '..'"];
  return value.startsWith('..') ? [...errors, "must not start with '..'"] : errors;
};
