import { z } from "zod";
import { argsObject } from "../../declaration";

const pflogsumm = argsObject("PflogsummArgs", "pflogsumm(1), which sums up Postfix's log.", {
  enableDailyReport: z
    .boolean()
    .default(false)
    .meta({ description: "Whether the postmaster gets the sums of each day on the next morning." }),
});

const tools = argsObject("ToolsArgs", "Tools for whoever logs in to the machine.", {
  enableMailx: z.boolean().default(false).meta({ description: "Whether the command `mail` is there (bsd-mailx)." }),
  enableMailLog: z
    .boolean()
    .default(false)
    .meta({
      description:
        "Whether the log is written to `/var/log/mail.log`, too, by rsyslog, and rotated by logrotate: each week, the last four are kept. By the distribution's settings, " +
        "which write other text files besides, or the machine's own.",
    }),
  pflogsumm: pflogsumm.optional().meta({
    description: "pflogsumm(1), which sums up Postfix's log: who sent how much, and what was refused.",
    default: "it is not there",
  }),
});

export const toolsSettings = {
  machine: {
    tools: tools.prefault({}).meta({
      description: "Tools for whoever logs in to the machine. The mail server needs none of them.",
      default: "none",
    }),
  },
};
