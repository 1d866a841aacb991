import { HelmChart } from 'aws-cdk-lib/aws-eks-v2';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { generatedAsset } from '../generated-asset.ts';
import { acknowledgeCdkConstructs } from '../nag-acknowledgements.ts';
import { CHART_FOLDER } from './chart-files.ts';
import type { ChartValues, InClusterChartValues } from './chart-values.ts';
import type { ClusterKubectl } from './cluster-kubectl.ts';

interface ClusterChartProps {
  readonly kubectl: ClusterKubectl;
  readonly values: ChartValues | InClusterChartValues;
  /** The process that the chart runs in the cluster, whose code it contains. */
  readonly process: 'forwarder' | 'refresher';
  /** Writes the complete chart to a folder. */
  readonly writeChart: (folder: string) => void;
}

/** Installs the product's Helm chart with the stack and uninstalls it with the stack. */
export class ClusterChart extends Construct {
  constructor(scope: Construct, id: string, props: ClusterChartProps) {
    super(scope, id);
    const chartAsset = new Asset(this, 'Asset', {
      path: CHART_FOLDER,
      ...generatedAsset(props.process, props.writeChart),
    });
    const chart = new HelmChart(this, 'Release', {
      cluster: props.kubectl.cluster,
      chartAsset,
      release: 'kube-aws-iam',
      namespace: PRODUCT_NAMESPACE,
      values: { ...props.values },
      // Without `wait`: the forwarder starts once the refresher has created its Secret, which happens after this.
    });
    chart.node.addDependency(props.kubectl.accessEntry);
    // Last, because HelmChart grants the provider's functions read access to the asset.
    acknowledgeCdkConstructs(
      props.kubectl,
      'CDK defines these functions. They run only while the stack is deployed or deleted.',
    );
  }
}
