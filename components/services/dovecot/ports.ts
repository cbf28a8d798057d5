import { ClientProtocol } from "../../enums";
import type { ServicePort } from "../contributions";
import type { Choices } from "../service";

const imap = { greeting: "* OK", farewell: "a LOGOUT" };
const pop = { greeting: "+OK", farewell: "QUIT" };

/** IMAP before POP3. */
export function dovecotPorts({ pop3, imapStartTls }: Pick<Choices, "pop3" | "imapStartTls">): ServicePort[] {
  return [
    {
      offered: imapStartTls,
      number: 143,
      name: "imap",
      dialogue: imap,
      tls: "starttls",
      client: { use: "incoming", protocol: ClientProtocol.Imap, priority: 10 },
    },
    {
      offered: true,
      number: 993,
      name: "imaps",
      dialogue: imap,
      tls: "implicit",
      client: { use: "incoming", protocol: ClientProtocol.Imap, priority: 0 },
      probed: true,
    },
    {
      offered: pop3,
      number: 110,
      name: "pop3",
      dialogue: pop,
      tls: "starttls",
      client: { use: "incoming", protocol: ClientProtocol.Pop3, priority: 30 },
    },
    {
      offered: pop3,
      number: 995,
      name: "pop3s",
      dialogue: pop,
      tls: "implicit",
      client: { use: "incoming", protocol: ClientProtocol.Pop3, priority: 20 },
      probed: true,
    },
  ];
}
