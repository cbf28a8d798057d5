import { ClientProtocol } from "../../enums";
import type { ServicePort } from "../contributions";
import type { Choices } from "../service";

/** ManageSieve (RFC 5804), which has no port with TLS from the first byte. */
export function sievePorts({ sieve }: Pick<Choices, "sieve">): ServicePort[] {
  if (!sieve) return [];
  return [
    {
      offered: true,
      number: 4190,
      name: "sieve",
      dialogue: { greeting: '"IMPLEMENTATION"', farewell: "LOGOUT" },
      tls: "starttls",
      client: { use: "filters", protocol: ClientProtocol.ManageSieve, priority: 0 },
      probed: true,
    },
  ];
}
