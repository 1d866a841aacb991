import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { commandRuns, type Requirement } from '../requirements.ts';

/** A program in another language that tests run. Its build downloads libraries from that language's registry. */
export interface CompiledProgram {
  /** Folder of its sources; the build writes to `target/` in it. */
  readonly folder: string;
  /** What its build needs. */
  readonly builder: Requirement;
  readonly build: readonly [command: string, ...parameters: string[]];
  /** The file that exists once it is built. */
  readonly built: string;
  /** What starts it, once it is built. */
  readonly command: readonly [command: string, ...parameters: string[]];
}

const GO: Requirement = {
  missing: 'Go',
  remedy: 'install Go 1.26 or later: https://go.dev/doc/install',
  isMet: () => commandRuns('go', 'version'),
};

const MAVEN: Requirement = {
  missing: 'Maven with Java',
  remedy: 'install Maven and a JDK of Java 17 or later',
  isMet: () => commandRuns('mvn', '--version') && commandRuns('java', '-version'),
};

const CARGO: Requirement = {
  missing: 'Rust',
  remedy: 'install Rust 1.94 or later: https://rust-lang.org/tools/install',
  isMet: () => commandRuns('cargo', '--version'),
};

const COMPOSER: Requirement = {
  missing: 'PHP with Composer',
  remedy: 'install PHP 8.1 or later and Composer',
  isMet: () => commandRuns('composer', '--version') && commandRuns('php', '--version'),
};

/**
 * The program of a Go module.
 *
 * @param source - its package, if it is a tool of the module
 */
export function goProgram(folder: string, source = '.'): CompiledProgram {
  const target = join('target', 'program');
  return {
    folder,
    builder: GO,
    build: ['go', 'build', '-o', target, source],
    built: join(folder, target),
    command: [join(folder, target)],
  };
}

/** The program of a Maven project. */
export function javaProgram(folder: string, mainClass: string): CompiledProgram {
  const classes = ['classes', 'dependency/*'].map((entry) => join(folder, 'target', entry));
  return {
    folder,
    builder: MAVEN,
    build: ['mvn', '-q', '-B', 'compile', 'dependency:copy-dependencies', '-DincludeScope=runtime'],
    built: join(folder, 'target', 'classes', `${mainClass}.class`),
    command: ['java', '-cp', classes.join(':'), mainClass],
  };
}

/** The program of a Rust package named `program`. Without optimization, which takes longer than the program runs. */
export function rustProgram(folder: string): CompiledProgram {
  const program = join(folder, 'target', 'debug', 'program');
  return {
    folder,
    builder: CARGO,
    build: ['cargo', 'build', '--quiet', '--locked'],
    built: program,
    command: [program],
  };
}

/** The program of a folder with `composer.json`, whose vendor folder is `target`. */
export function phpProgram(folder: string, script: string): CompiledProgram {
  return {
    folder,
    builder: COMPOSER,
    build: ['composer', 'install', '--quiet', '--no-interaction'],
    built: join(folder, 'target', 'autoload.php'),
    command: ['php', join(folder, script)],
  };
}

/** Builds a program, or updates its build. @throws {Error} if the build fails; its output explains why */
export function buildProgram({ folder, build: [command, ...parameters] }: CompiledProgram): void {
  const { error, status } = spawnSync(command, parameters, { cwd: folder, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${[command, ...parameters].join(' ')} failed in ${folder}`);
}

/** Builds the programs whose builders are installed, and prints what it did. For scripts. */
export function buildPrograms(programs: readonly CompiledProgram[]): void {
  for (const program of programs) {
    const { folder, builder } = program;
    try {
      const isPossible = builder.isMet();
      if (isPossible) buildProgram(program);
      console.log(
        isPossible ? `Built ${folder}` : `Skipped ${folder}: it needs ${builder.missing}`,
      );
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
}
