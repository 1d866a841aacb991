/** Markup of a picture, with escaped text. Only {@link element} and the chart renderer create it. */
export interface Svg {
  readonly markup: string;
}

/** Attributes of an element. Undefined ones are omitted. */
type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Elements whose white space is visible. */
const SPACE_SENSITIVE = /^t(ext|span|itle)$/;

/** Creates an element. A string child is text, never markup. */
export function element(
  name: string,
  attributes: Attributes,
  children: readonly (Svg | string)[] = [],
): Svg {
  const attributeList = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeText(attributeText(value))}"`)
    .join('');
  if (children.length === 0) return { markup: `<${name}${attributeList}/>` };
  const separator = SPACE_SENSITIVE.test(name) ? '' : '\n';
  const content = children.map((child) =>
    typeof child === 'string' ? escapeText(child) : child.markup,
  );
  return { markup: `<${name}${attributeList}>${['', ...content, ''].join(separator)}</${name}>` };
}

/** Creates an SVG document, which scales down to the page that embeds it. */
export function svgDocument(
  width: number,
  height: number,
  description: string,
  children: readonly Svg[],
): string {
  const root = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': description,
    },
    children,
  );
  return `${root.markup}\n`;
}

// XML cannot contain most control characters: a reader rejects the whole document for one.
const NOT_IN_XML = /[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Removes characters that XML cannot contain. */
export function xmlText(text: string): string {
  return text.replace(NOT_IN_XML, '');
}

function escapeText(text: string): string {
  return xmlText(text).replace(/[&<>"]/g, (found) => ENTITIES[found] ?? found);
}

/** Rounds numbers to hundredths, which are invisible, so that a picture has the same bytes on every machine. */
function attributeText(value: string | number | undefined): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : String(value);
}
