import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPod, type PodName, untilRunning } from '../../local/demo/pods.ts';
import { untilDelivered, volumeOf } from '../../local/demo/volumes.ts';
import { addTrustingRole } from '../../local/demo/workload.ts';
import { ACCOUNT, CLUSTER_NAME, REGION, type World } from '../../local/demo/world.ts';
import { describeChartOnRealCluster } from '../support/describe-chart-on-real-cluster.ts';
import { REFRESH } from '../support/deployment.ts';
import { createNamespace, installProduct } from './installed-product.ts';
import {
  containerRootsWork,
  type Reader,
  type ReaderCommand,
  runs,
  startReader,
} from './readers/read-as-container.ts';
