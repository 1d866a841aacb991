import { createRefresherApp } from '../infra/refresher-app.ts';
import { SettingsError } from '../infra/settings/read-cluster-settings.ts';

// Started by the CDK command line, as cdk.json says.
try {
  createRefresherApp().synth();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
