import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadAssembly } from '../../../../local/assembly/assembly.ts';

/** Where the templates are deployed. */
export const TARGET = { account: '123456789012', region: 'eu-central-1', partition: 'aws' };

/** The bucket of the asset. */
export const BUCKET = `assets-\${AWS::AccountId}`;

/** A trust policy for Lambda. */
export const TRUST = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  ],
};

/** A role that Lambda can assume. */
export const ROLE = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: TRUST } };

/** Creates and loads an assembly of one stack, `App`, with one asset: `code.zip` in {@link BUCKET}. */
export function load(resources: object, more: object = {}, extraArtifacts: object = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'assembly-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'asset.code'));
  const write = (file: string, json: object) =>
    writeFileSync(join(dir, file), JSON.stringify(json));
  write('App.template.json', { Resources: resources, ...more });
  write('App.assets.json', {
    files: {
      code: {
        source: { path: 'asset.code', packaging: 'zip' },
        destinations: {
          here: { bucketName: BUCKET, objectKey: 'code.zip' },
        },
      },
    },
  });
  write('manifest.json', {
    artifacts: {
      'App.assets': { type: 'cdk:asset-manifest', properties: { file: 'App.assets.json' } },
      App: {
        type: 'aws:cloudformation:stack',
        dependencies: ['App.assets'],
        properties: { templateFile: 'App.template.json' },
      },
      Tree: { type: 'cdk:tree' },
      ...extraArtifacts,
    },
  });
  return loadAssembly(dir, TARGET);
}

/** A function with the role `Role`. */
export const fn = (properties: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Bucket: { 'Fn::Sub': BUCKET }, S3Key: 'code.zip' },
    Handler: 'index.handler',
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    Runtime: 'nodejs24.x',
    ...properties,
  },
});
