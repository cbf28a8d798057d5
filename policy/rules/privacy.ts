import { submissionCleanupService } from "../../components/services/postfix/masterCf";
import { isOn, postfixProblems } from "../postfix";
import type { Rule } from "../rule";

/** Recipients are not told from which address somebody has logged in. */
export const clientStaysPrivate: Rule = {
  name: "client-stays-private",
  description: "A Received header with the address of who logged in tells each recipient where the sender is",
  severity: "medium",
  enforcementLevel: "advisory",
  checkStack: (resources) =>
    postfixProblems(resources, "smtpd", ({ parameters }) => {
      const cleanup = parameters.get("cleanup_service_name") ?? "cleanup";
      if (!isOn(parameters.get("smtpd_sasl_auth_enable")) || cleanup === submissionCleanupService) return [];
      return [
        `cleanup_service_name = ${cleanup} keeps what clients tell of themselves, their addresses too; make it ${submissionCleanupService}`,
      ];
    }),
};
