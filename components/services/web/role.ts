import { clientSettings } from "../../clientSettings";
import type { MachineModel, MailDomain } from "../../model";
import type { Role, RoleFile } from "../../role";
import { publicFile } from "../../roleFiles";
import { webCertificatePath } from "../paths";
import { appleProfile } from "./apple";
import { mtaStsPolicy } from "./mtaStsPolicy";
import { documents, nginxConf } from "./nginxConf";
import { outlookXml } from "./outlook";
import { thunderbirdXml } from "./thunderbird";
import { webPaths } from "./urls";

const confPath = "/etc/nginx/nginx.conf";

/** nginx: serves MTA-STS policies and the settings of mail programs by HTTPS. It reads its files afresh for each question. */
export function webRole(model: MachineModel): Role {
  const domains = model.domains.filter(({ webNames }) => webNames.length > 0);
  return {
    name: "web",
    packages: model.platform.packages.nginx,
    files: [publicFile(confPath, nginxConf(model)), ...domains.flatMap((domain) => domainFiles(model, domain))],
    units: [
      {
        name: "nginx.service",
        reloadOn: [confPath],
        faults: { refusedReload: String.raw`^nginx(\[\d+\])?: .*\[emerg\]` },
      },
    ],
    validations: [
      {
        daemon: "nginx",
        command: ["nginx", "-t", "-q", "-e", "stderr", "-c", `{stage}${confPath}`],
        files: [confPath],
        refuseOn: "\\[(warn|error|crit|alert|emerg)\\]",
      },
    ],
    probes: domains.flatMap(probes),
  };
}

function domainFiles(model: MachineModel, { name, mtaSts, enableAutoconfig }: MailDomain): RoleFile[] {
  const settings = clientSettings(model);
  const contents = {
    ...(mtaSts ? { "mta-sts.txt": mtaStsPolicy(model.machines, mtaSts) } : {}),
    ...(enableAutoconfig
      ? {
          "config-v1.1.xml": thunderbirdXml(name, settings),
          "autodiscover.xml": outlookXml(settings),
          "email.mobileconfig": appleProfile(name, settings),
        }
      : {}),
  };
  return Object.entries(contents).map(([path, content]) => publicFile(`${documents}/${name}/${path}`, content));
}

function probes({ name, mtaSts, enableAutoconfig }: MailDomain): NonNullable<Role["probes"]> {
  const https = (host: string, path: string, contains: string) => ({
    https: { name: `${host}.${name}`, pemPath: webCertificatePath(name), path, contains },
  });
  return [
    ...(mtaSts ? [https("mta-sts", webPaths.mtaSts, "version: STSv1\r\n")] : []),
    ...(enableAutoconfig
      ? [
          https("autoconfig", webPaths.thunderbird, "</clientConfig>"),
          https("autodiscover", webPaths.outlook, "</Autodiscover>"),
        ]
      : []),
  ];
}
