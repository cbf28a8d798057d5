import { describePackage } from "./projects/package";
import { describeParts } from "./projects/parts";
import { describeYaml } from "./projects/yaml";

// One after another, as they share a machine.
describePackage();
describeYaml();
describeParts();
