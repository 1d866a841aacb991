import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { alarmNameOf, dashboardNameOf } from '../../names.ts';

interface EncryptedTopicProps {
  /** The sender name of e-mails, at most 100 characters. */
  readonly displayName: string;
  /** Whose alarms these are, for the description of the key. */
  readonly owner: string;
  /** Patterns for the names of the alarms, which no other alarm matches. */
  readonly alarmNames: readonly string[];
  /** Subscribed to the topic. It receives nothing until the subscription is confirmed. */
  readonly email: string | undefined;
}

const CLOUDWATCH = new ServicePrincipal('cloudwatch.amazonaws.com');

/**
 * An SNS topic for alarms. It is encrypted with its own key: the AWS managed key for SNS does not allow CloudWatch
 * to publish, and every notification would be lost, with no trace but the alarm's history.
 */
export class EncryptedTopic extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: EncryptedTopicProps) {
    super(scope, id);
    const topic = new Topic(this, 'Topic', {
      displayName: props.displayName,
      masterKey: this.createKey(props.owner),
      enforceSSL: true,
    });
    topic.addToResourcePolicy(this.alarmsMayPublish(props.alarmNames, topic));
    if (props.email !== undefined) topic.addSubscription(new EmailSubscription(props.email));
    this.topic = topic;
  }

  /** Deleted with the stack: nothing that it encrypts outlives the stack. */
  private createKey(owner: string): Key {
    const key = new Key(this, 'Key', {
      description: `Encrypts the alarm notifications of kube-aws-iam in ${owner}`,
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

  private alarmsMayPublish(alarmNames: readonly string[], topic: ITopic): PolicyStatement {
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
          'aws:SourceArn': alarmNames.map(arnOf),
        },
      },
    });
  }
}

interface AlarmTopicProps extends Pick<EncryptedTopicProps, 'email'> {
  readonly clusterName: string;
}

/** The topic of the alarms of one cluster. */
export class AlarmTopic extends EncryptedTopic {
  constructor(scope: Construct, id: string, { clusterName, email }: AlarmTopicProps) {
    super(scope, id, {
      // A cluster name can have 100 characters, the name of its dashboard has fewer.
      displayName: dashboardNameOf(clusterName),
      owner: clusterName,
      alarmNames: [alarmNameOf(clusterName, 'page', '*'), alarmNameOf(clusterName, 'ticket', '*')],
      email,
    });
  }
}
