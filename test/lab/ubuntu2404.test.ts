import { ubuntu2404 } from "./scenario";
import { describeServer } from "./server";

// Runs where the machine is up, and is left out elsewhere: `npm run lab -- up ubuntu2404 foreign` first.
describeServer(ubuntu2404);
