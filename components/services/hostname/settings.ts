import { z } from "zod";

export const hostnameSettings = {
  machine: {
    setHostname: z
      .boolean()
      .default(false)
      .meta({
        description:
          "Whether the machine calls itself `hostname`, too (hostname(1), `/etc/hostname`). The mail server does not need it: Postfix and all others are told " +
          "their name. Programs besides it write mail and logs by the machine's own name. `pulumi destroy` gives the earlier name back.",
      }),
  },
};
