import { createRefresherApp } from '../infra/refresher-app.ts';
import { SettingsError } from '../infra/settings/read-cluster-settings.ts';

// The CDK CLI runs this file, as configured in cdk.json.
try {
  createRefresherApp().synth();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
