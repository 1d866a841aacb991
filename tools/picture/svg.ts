/** Markup of a picture, all text in it escaped. {@link element} makes it, so that nothing else can get into a picture. */
export interface Svg {
  readonly markup: string;
}

/** Attributes of an element; one that is undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Elements in which white space is shown, so that none may be added. */
const SHOWING_SPACE = /^t(ext|span|itle)$/;

/** An element. A child that is a string is text, whatever it looks like. */
export function element(
  name: string,
  attributes: Attributes,
  children: readonly (Svg | string)[] = [],
): Svg {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeText(attributeText(value))}"`)
    .join('');
  if (children.length === 0) return { markup: `<${name}${given}/>` };
  const separator = SHOWING_SPACE.test(name) ? '' : '\n';
  const content = children.map((child) =>
    typeof child === 'string' ? escapeText(child) : child.markup,
  );
  return { markup: `<${name}${given}>${['', ...content, ''].join(separator)}</${name}>` };
}

/** The text of a file with the picture `root` of a width and a height, which shrinks to where it is embedded. */
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

// XML has no way to write most control characters, and a reader refuses the whole picture for one.
const NOT_IN_XML = /[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeText(text: string): string {
  return text.replace(NOT_IN_XML, '').replace(/[&<>"]/g, (found) => ENTITIES[found] ?? found);
}

/** Hundredths are finer than anybody sees, and keep a picture the same where machines differ in a last digit. */
function attributeText(value: string | number | undefined): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : String(value);
}
