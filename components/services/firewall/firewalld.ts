import type { MachineModel } from "../../model";
import type { Role } from "../../role";
import { publicFile } from "../../roleFiles";
import { type OpenPort, openPorts, openPortsV6 } from "../openPorts";

const folder = "/etc/firewalld";
const zonePath = `${folder}/zones/public.xml`;
const check = "firewall-offline-cmd --system-config {stage}/whole --check-config";

/** firewalld: its zone `public` lets in the services in use and SSH, and nothing else. Interfaces are in it unless somebody put them elsewhere. */
export function firewalldRole(model: MachineModel): Role {
  return {
    name: "firewall",
    packages: model.platform.packages.firewalld,
    files: [publicFile(zonePath, zone(model))],
    units: [{ name: "firewalld.service", reloadOn: [zonePath], isFirewall: true }],
    validations: [
      {
        daemon: "firewalld",
        // With the files of the machine around it, as firewalld reads them together.
        command: ["sh", "-c", `cp -a ${folder} {stage}/whole && cp -a {stage}${folder}/. {stage}/whole && ${check}`],
        files: [zonePath],
      },
    ],
  };
}

/** A zone as firewalld writes it (firewalld.zone(5)). */
function zone(model: MachineModel): string {
  const v6 = new Set(openPortsV6(model).map(({ number }) => number));
  const lines = openPorts(model).flatMap((port) =>
    v6.has(port.number)
      ? element(port)
      : [`<rule family="ipv4">`, ...element(port).map((line) => `  ${line}`), "  <accept/>", "</rule>"],
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<zone>
  <short>Public</short>
  <description>The services of the mail server and SSH. Written by its stack.</description>
  <service name="dhcpv6-client"/>
${lines.map((line) => `  ${line}\n`).join("")}</zone>
`;
}

/** By firewalld's name of the service, where it has one for the port. */
function element({ number, service }: OpenPort): string[] {
  const known = firewalldServices[service];
  return known?.port === number ? [`<service name="${known.name}"/>`] : [`<port port="${number}" protocol="tcp"/>`];
}

/** The services of firewalld (`/usr/lib/firewalld/services`) by their names in the IANA registry. */
const firewalldServices: Record<string, { name: string; port: number }> = {
  ssh: { name: "ssh", port: 22 },
  smtp: { name: "smtp", port: 25 },
  http: { name: "http", port: 80 },
  pop3: { name: "pop3", port: 110 },
  imap: { name: "imap", port: 143 },
  https: { name: "https", port: 443 },
  submissions: { name: "smtps", port: 465 },
  submission: { name: "smtp-submission", port: 587 },
  imaps: { name: "imaps", port: 993 },
  pop3s: { name: "pop3s", port: 995 },
  sieve: { name: "managesieve", port: 4190 },
};
