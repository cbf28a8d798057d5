import { webNames } from "../../webNames";
import type { Choices, Service } from "../service";
import { webCertificates } from "./certificates";
import { webRecords } from "./records";
import { webRole } from "./role";

function isNeeded({ domains }: Choices): boolean {
  return domains.some((domain) => webNames(domain).length > 0);
}

/** A web server for what mail programs and other mail servers fetch by HTTPS. */
export const web: Service = {
  name: "web",
  memory: 5,
  enabled: isNeeded,
  ports: (choices) => [{ number: 443, name: "https", tls: "implicit", offered: isNeeded(choices) }],
  domainRecords: webRecords,
  certificates: webCertificates,
  role: webRole,
};
