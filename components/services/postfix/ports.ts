import { ClientProtocol } from "../../enums";
import type { ServicePort } from "../contributions";

/** Where other servers deliver, and where those who log in submit. */
export function postfixPorts(): ServicePort[] {
  const port = { offered: true, probed: true };
  return [
    { ...port, number: 25, name: "smtp", tls: "starttls" },
    {
      ...port,
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
  ];
}
