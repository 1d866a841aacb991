import { HelmChart } from 'aws-cdk-lib/aws-eks-v2';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { generatedAsset } from '../functions/written-asset.ts';
import { acknowledgeForeign } from './acknowledge-foreign.ts';
import { CHART_FOLDER } from './chart-files.ts';
import type { ChartValues } from './chart-values.ts';
import type { ClusterKubectl } from './cluster-kubectl.ts';

export interface ClusterChartProps {
  readonly kubectl: ClusterKubectl;
  readonly values: ChartValues;
  /** Makes the whole chart in a folder: its sources, and the forwarder bundled from source. */
  readonly writeChart: (folder: string) => void;
}

/** Name of the Helm release. */
const RELEASE = 'kube-aws-iam';

/** The product's Helm chart, installed with the stack and uninstalled with it. */
export class ClusterChart extends Construct {
  constructor(scope: Construct, id: string, props: ClusterChartProps) {
    super(scope, id);
    const chartAsset = new Asset(this, 'Asset', {
      path: CHART_FOLDER,
      ...generatedAsset(props.writeChart),
    });
    const chart = new HelmChart(this, 'Release', {
      cluster: props.kubectl.cluster,
      chartAsset,
      release: RELEASE,
      namespace: PRODUCT_NAMESPACE,
      values: { ...props.values },
      // Without waiting: the forwarder starts when the refresher has made its Secret, and that runs after this.
    });
    chart.node.addDependency(props.kubectl.accessEntry);
    // Now they are complete: reading the asset was the last permission.
    acknowledgeForeign(
      props.kubectl,
      "These functions are CDK's own, and run only while the stack is deployed or removed.",
    );
  }
}
