import type { Service } from "../service";
import { type Tools, toolsRole } from "./role";
import { toolsSettings } from "./settings";

/** Tools for people on the machine. */
export const tools = {
  name: "tools",
  settings: toolsSettings,
  decide: ({ tools: { enableMailx, enableMailLog, pflogsumm } }) => ({
    mailx: enableMailx,
    mailLog: enableMailLog,
    pflogsumm: pflogsumm !== undefined,
    dailyReport: pflogsumm?.enableDailyReport ?? false,
  }),
  enabled: (_choices, own) => Object.values(own).some(Boolean),
  role: (model, _secrets, _all, own) => toolsRole(model, own),
} satisfies Service<unknown, typeof toolsSettings, Tools>;
