import { webNames } from "../../webNames";
import type { Choices, Service } from "../service";
import { webRole } from "./role";

function isNeeded({ domains }: Choices): boolean {
  return domains.some((domain) => webNames(domain).length > 0);
}

/** A web server for what mail programs and other mail servers fetch by HTTPS. */
export const web: Service = {
  name: "web",
  enabled: isNeeded,
  ports: (choices) => [{ number: 443, name: "https", tls: "implicit", offered: isNeeded(choices) }],
  role: webRole,
};
