import { ClientProtocol } from "../../enums";
import type { ServicePort } from "../contributions";
import type { Choices } from "../service";

/** IMAP before POP3. */
export function dovecotPorts({ pop3 }: Pick<Choices, "pop3">): ServicePort[] {
  return [
    {
      offered: true,
      number: 143,
      name: "imap",
      tls: "starttls",
      client: { protocol: ClientProtocol.Imap, priority: 10 },
    },
    {
      offered: true,
      number: 993,
      name: "imaps",
      tls: "implicit",
      client: { protocol: ClientProtocol.Imap, priority: 0 },
      probed: true,
    },
    {
      offered: pop3,
      number: 110,
      name: "pop3",
      tls: "starttls",
      client: { protocol: ClientProtocol.Pop3, priority: 30 },
    },
    {
      offered: pop3,
      number: 995,
      name: "pop3s",
      tls: "implicit",
      client: { protocol: ClientProtocol.Pop3, priority: 20 },
      probed: true,
    },
  ];
}
