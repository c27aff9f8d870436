// Loaded into every process that runs tests: see FAIL_ON_VIOLATION in scripts/project.mjs.
import { failOnViolation } from '#src/observe/invariants.test.helper.js';

failOnViolation();
