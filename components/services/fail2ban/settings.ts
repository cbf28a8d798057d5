import { z } from "zod";
import { clientBlock } from "../../schemaFields";

export const fail2banSettings = {
  machine: {
    enableFail2ban: z
      .boolean()
      .default(true)
      .meta({
        description:
          "Whether fail2ban shuts out addresses that guess passwords: for an hour after ten wrong ones within ten minutes, by IMAP, POP3 and submission " +
          "together, and after five by SSH. Port 25 stays open to them. Never shut out are the machine itself, addresses that it was lately deployed from, " +
          "and `neverBanned`.",
      }),
    neverBanned: z.array(clientBlock).default([]).meta({
      description:
        "Addresses, or blocks such as `203.0.113.0/24`, that fail2ban never shuts out: an office whose people share one, a webmail on another machine.",
      default: "none",
    }),
  },
};
