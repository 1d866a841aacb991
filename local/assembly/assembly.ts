import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { AssemblyError } from './assembly-error.ts';
import { readAssetFolders } from './assets.ts';
import type { DeploymentTarget } from './resource-type.ts';
import { readStack, type Stack } from './stack.ts';
import type { CloudResource } from './supported-types.ts';
import { parseTemplate } from './template.ts';

/** A cloud assembly, which `cdk synth` creates and `cdk deploy` deploys. */
export interface Assembly {
  readonly target: DeploymentTarget;
  readonly stacks: readonly Stack[];
}

const artifactSchema = z.object({
  type: z.string(),
  /** `aws://<account>/<region>`, either of which may be `unknown-...`. */
  environment: z.string().optional(),
  dependencies: z.array(z.string()).default([]),
  properties: z.record(z.string(), z.unknown()).default({}),
});

const manifestSchema = z.object({ artifacts: z.record(z.string(), artifactSchema) });

const stackPropertiesSchema = z.object({
  templateFile: z.string(),
  stackName: z.string().optional(),
});

const assetManifestSchema = z.object({ file: z.string() });

const STACK = 'aws:cloudformation:stack';
const ASSETS = 'cdk:asset-manifest';
/** Types of artifacts that are not deployed. */
const METADATA: ReadonlySet<string> = new Set(['cdk:tree', 'cdk:feature-flag-report']);

type Artifacts = Readonly<Record<string, z.output<typeof artifactSchema>>>;

/**
 * Loads the assembly in `dir` as if it were deployed to `target`.
 *
 * @throws AssemblyError for everything in it that is not supported, so that nothing that is deployed remains untested
 */
export function loadAssembly(dir: string, target: DeploymentTarget): Assembly {
  const folder = resolve(dir);
  const { artifacts } = manifestSchema.parse(readJson(folder, 'manifest.json'));
  for (const [name, { type }] of Object.entries(artifacts)) {
    if (type !== STACK && type !== ASSETS && !METADATA.has(type)) {
      throw new AssemblyError(
        `artifact ${name} of the assembly is of type ${type}, which is not supported`,
      );
    }
  }
  const stackIds = Object.keys(artifacts).filter((id) => artifacts[id]?.type === STACK);
  return { target, stacks: stackIds.map((id) => loadStack(folder, artifacts, id, target)) };
}

/** Returns the resources of one kind in all stacks. */
export function resourcesOf<K extends CloudResource['kind']>(
  { stacks }: Assembly,
  kind: K,
): readonly Extract<CloudResource, { readonly kind: K }>[] {
  return stacks
    .flatMap(({ resources }) => resources)
    .filter((resource): resource is Extract<CloudResource, { readonly kind: K }> => {
      return resource.kind === kind;
    });
}

function loadStack(
  folder: string,
  artifacts: Artifacts,
  id: string,
  target: DeploymentTarget,
): Stack {
  const { properties, dependencies = [], environment } = artifacts[id] ?? {};
  checkEnvironment(id, environment, target);
  const { templateFile, stackName = id } = stackPropertiesSchema.parse(properties);
  const assets = dependencies.find((dependency) => artifacts[dependency]?.type === ASSETS);
  const manifest = assets
    ? readJson(folder, assetManifestSchema.parse(artifacts[assets]?.properties).file)
    : {};
  return readStack({
    stackName,
    template: parseTemplate(templateFile, readJson(folder, templateFile)),
    target,
    assetFolder: readAssetFolders(folder, manifest, target),
  });
}

function checkEnvironment(
  id: string,
  environment: string | undefined,
  { account, region }: DeploymentTarget,
): void {
  const [, stackAccount, stackRegion] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment ?? '') ?? [];
  const matches = (expected: string | undefined, actual: string) =>
    expected === undefined || expected.startsWith('unknown-') || expected === actual;
  if (matches(stackAccount, account) && matches(stackRegion, region)) return;
  throw new AssemblyError(`stack ${id} is for ${environment}, not for ${account} in ${region}`);
}

function readJson(folder: string, file: string): unknown {
  const path = join(folder, file);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new AssemblyError(`${path} cannot be read; create it with \`npx cdk synth\``, {
      cause: error,
    });
  }
}
