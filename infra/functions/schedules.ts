import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { PASS, type PassEvent } from '../../contract/pass.ts';
import type { FunctionName } from './bundle.ts';

export interface SchedulesProps {
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  /** Names of the schedules, unique in the account's default group of the region. */
  readonly names: Readonly<Record<FunctionName, string>>;
}

/**
 * When the functions run: `refresh` every minute, `sweep` every ten, five minutes past the whole ten, when fewer other
 * things run. A missed invocation is not repeated, as the next one does its work.
 */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { functions, names }: SchedulesProps) {
    super(scope, id);
    const role = this.createRole(Object.values(functions));
    const schedule = (name: FunctionName, expression: ScheduleExpression, event: PassEvent) =>
      new Schedule(this, name, {
        scheduleName: names[name],
        schedule: expression,
        target: new LambdaInvoke(functions[name], {
          input: ScheduleTargetInput.fromObject(event),
          retryAttempts: 0,
          // The shortest that Scheduler knows.
          maxEventAge: Duration.minutes(1),
          // The target would add every version and alias of the function to what the role may invoke.
          role: role.withoutPolicyUpdates(),
        }),
      });
    schedule('refresh', ScheduleExpression.rate(Duration.minutes(1)), { pass: PASS.refresh });
    schedule('sweep', ScheduleExpression.expression('cron(5/10 * * * ? *)'), { pass: PASS.sweep });
  }

  private createRole(targets: readonly IFunction[]): Role {
    const stack = Stack.of(this);
    return new Role(this, 'Role', {
      description:
        'Lets EventBridge Scheduler invoke the functions of kube-aws-iam, and nothing else',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': stack.account,
            'aws:SourceArn': stack.formatArn({
              service: 'scheduler',
              resource: 'schedule-group',
              resourceName: 'default',
              arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
            }),
          },
        },
      }),
      inlinePolicies: {
        invoke: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: targets.map((target) => target.functionArn),
            }),
          ],
        }),
      },
    });
  }
}
