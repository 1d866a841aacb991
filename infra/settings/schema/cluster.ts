import { z } from 'zod';
import { SETTING_DOCS } from '../setting-docs.ts';

/** Settings that identify the cluster. */
export const clusterShape = {
  clusterName: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/)
    .register(SETTING_DOCS, {
      expected:
        'the name of the cluster: 1 to 100 letters, digits, "-" or "_", starting with a letter or digit',
      description: 'Name of the EKS cluster; for `kind: kubernetes`, any name that you choose.',
      whenOmitted: 'required',
    }),
  account: z
    .string()
    .regex(/^\d{12}$/)
    .optional()
    .register(SETTING_DOCS, {
      expected: 'an AWS account ID as a string of 12 digits, such as "123456789012"',
      description: 'AWS account of the stack, which is that of the EKS cluster.',
      whenOmitted: "the account of the CDK CLI's credentials",
    }),
  region: z
    .string()
    .regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/)
    .optional()
    .register(SETTING_DOCS, {
      expected: 'an AWS Region such as "eu-central-1"',
      description:
        'AWS Region of the stack, which is that of the EKS cluster; outside EKS, any Region.',
      whenOmitted: "the Region of the CDK CLI's profile",
    }),
};
