import { describeCredentialLeaks } from './credential-leaks.ts';

describeCredentialLeaks();
