import { SettingsError } from '../infra/config.ts';
import { createRefresherApp } from '../infra/refresher-app.ts';

// Started by the CDK command line, as cdk.json says.
try {
  createRefresherApp().synth();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
