import { ClientProtocol } from "../../enums";
import type { ServicePort } from "../contributions";
import type { Choices } from "../service";

/** Where other servers deliver, and where those who log in submit. */
export function postfixPorts({
  submissionStartTls,
  additionalSubmissionPorts,
}: Pick<Choices, "submissionStartTls" | "additionalSubmissionPorts">): ServicePort[] {
  const port = { offered: true, probed: true };
  return [
    { ...port, number: 25, name: "smtp", tls: "starttls" },
    {
      ...port,
      offered: submissionStartTls,
      number: 587,
      name: "submission",
      tls: "starttls",
      client: { use: "outgoing", protocol: ClientProtocol.Smtp, priority: 10 },
    },
    {
      ...port,
      number: 465,
      name: "submissions",
      tls: "implicit",
      client: { use: "outgoing", protocol: ClientProtocol.Smtp, priority: 0 },
    },
    ...additionalSubmissionPorts.map(
      (number): ServicePort => ({
        ...port,
        number,
        name: "submission",
        tls: "starttls",
        client: { use: "outgoing", protocol: ClientProtocol.Smtp, priority: 20, additional: true },
      }),
    ),
  ];
}
