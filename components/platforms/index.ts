import { OperatingSystem } from "../enums";
import { debian12 } from "./debian12";
import { debian13 } from "./debian13";
import type { Platform } from "./platform";
import { ubuntu2404 } from "./ubuntu2404";

/** Every operating system that a mail server runs on. */
export const platforms: Record<OperatingSystem, Platform> = {
  [OperatingSystem.Debian12]: debian12,
  [OperatingSystem.Debian13]: debian13,
  [OperatingSystem.Ubuntu2404]: ubuntu2404,
};
