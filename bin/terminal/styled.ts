/** How a piece of text may stand out on a terminal. */
export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red';

/** Text, and how it stands out. */
export interface Styled {
  readonly text: string;
  readonly style: Style;
}
