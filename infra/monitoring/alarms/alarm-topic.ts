import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { alarmNameOf, dashboardNameOf } from '../../names.ts';

interface AlarmTopicProps {
  readonly clusterName: string;
  /** Subscribed to the topic. It receives nothing until the subscription is confirmed. */
  readonly email: string | undefined;
}

const CLOUDWATCH = new ServicePrincipal('cloudwatch.amazonaws.com');

/**
 * The SNS topic of the alarms. It is encrypted with its own key: the AWS managed key for SNS does not allow CloudWatch
 * to publish, and every notification would be lost, with no trace but the alarm's history.
 */
export class AlarmTopic extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { clusterName, email }: AlarmTopicProps) {
    super(scope, id);
    const topic = new Topic(this, 'Topic', {
      // The sender name of e-mails: at most 100 characters, which a cluster name alone can have.
      displayName: dashboardNameOf(clusterName),
      masterKey: this.createKey(clusterName),
      enforceSSL: true,
    });
    topic.addToResourcePolicy(this.alarmsMayPublish(clusterName, topic));
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    this.topic = topic;
  }

  /** Deleted with the stack: nothing that it encrypts outlives the stack. */
  private createKey(clusterName: string): Key {
    const key = new Key(this, 'Key', {
      description: `Encrypts the alarm notifications of kube-aws-iam in ${clusterName}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CloudWatchSendsAlarms',
        principals: [CLOUDWATCH],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    return key;
  }

  private alarmsMayPublish(clusterName: string, topic: ITopic): PolicyStatement {
    const stack = Stack.of(this);
    const arnOf = (resourceName: string) =>
      stack.formatArn({
        service: 'cloudwatch',
        resource: 'alarm',
        resourceName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    return new PolicyStatement({
      sid: 'AlarmsOfThisCluster',
      principals: [CLOUDWATCH],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: {
          'aws:SourceArn': [
            arnOf(alarmNameOf(clusterName, 'page', '*')),
            arnOf(alarmNameOf(clusterName, 'ticket', '*')),
          ],
        },
      },
    });
  }
}
