import { z } from 'zod';

/** What people are told about a setting. */
export interface SettingDoc {
  /** Completes "it must be …" when the value is wrong. */
  readonly right: string;
  /** What it does; Markdown, for the table in the README. */
  readonly meaning: string;
  /** What holds when it is left out; Markdown. */
  readonly whenAbsent: string;
}

/** The texts of each setting, kept beside its schema so that the two are changed together. */
export const SETTING_DOCS = z.registry<SettingDoc>();

/** What is wrong with settings that are right one by one, and where it is best said. */
export interface JointMistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}
