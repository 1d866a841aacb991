import type { JointMistake } from './setting-docs.ts';

/** The settings that say whom alarms reach. */
export interface AlarmSettings {
  readonly region?: string | undefined;
  readonly alarmTopicArn?: string | undefined;
  readonly alarmEmail?: string | undefined;
}

/** The mistakes in whom alarms reach, each that was found, of settings that are right one by one. */
export function alarmMistakes({
  region,
  alarmTopicArn,
  alarmEmail,
}: AlarmSettings): readonly JointMistake[] {
  if (alarmTopicArn === undefined) return [];
  const mistakes: JointMistake[] = [];
  if (alarmEmail !== undefined) {
    mistakes.push({
      path: ['alarmEmail'],
      message:
        'it is subscribed to the topic that the stack makes, and alarmTopicArn names another one; subscribe it there yourself, and take one of the two out',
    });
  }
  if (region !== undefined && alarmTopicArn.split(':')[3] !== region) {
    mistakes.push({
      path: ['alarmTopicArn'],
      message: `CloudWatch sends alarms to topics of its own region only, and region is ${region}; name a topic there`,
    });
  }
  return mistakes;
}
