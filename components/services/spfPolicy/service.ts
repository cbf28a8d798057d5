import type { Service } from "../service";
import { spfRole } from "./role";

/** Judges by SPF who may send for a domain. */
export const spfPolicy: Service = {
  name: "spf",
  memory: 15,
  postfix: () => ({
    policyServices: [
      {
        endpoint: "unix:private/policyd-spf",
        mainCf: { "policyd-spf_time_limit": "3600" },
        masterCf: [
          // As many as smtpd at most: each keeps one, of some 13 MB.
          "policyd-spf unix -       n       n       -       -        spawn",
          "  user=policyd-spf argv=/usr/bin/policyd-spf",
        ],
      },
    ],
  }),
  role: spfRole,
};
