import * as pulumi from "@pulumi/pulumi";
import { MailDns, MailHost, OperatingSystem } from "pulumi-mailserver";

// The machine and its DNS records as two components: what one tells the other are outputs, and each record waits for no more than it says.
const config = new pulumi.Config("mail");
const domain = config.require("domain");
const common = {
  hostname: config.require("hostname"),
  certificate: { acme: { directoryUrl: config.get("acmeDirectory") } },
  // Other texts than before put machine and records right again.
  triggers: config.getObject<string[]>("triggers"),
};
const { ipv4Address, ipv6Address } = {
  ipv4Address: config.require("ipv4Address"),
  ipv6Address: config.get("ipv6Address"),
};
const nameServer = {
  rfc2136: {
    server: config.require("nameServer"),
    keyName: config.require("keyName"),
    keySecret: config.requireSecret("keySecret"),
  },
};

const host = new MailHost("mail", {
  ...common,
  operatingSystem: OperatingSystem.Debian13,
  host: {
    ssh: {
      ...{ ipv4Address, ipv6Address, user: config.get("user") },
      hostKey: config.require("hostKey"),
      privateKey: config.requireSecret("privateKey"),
    },
  },
  domains: [{ name: domain }],
  mailboxes: [{ address: `anna@${domain}`, password: config.requireSecret("password") }],
});

const dns = new MailDns("mail-dns", {
  ...{ ...common, ipv4Address, ipv6Address },
  domains: [{ name: domain }],
  dkimPublicKeys: host.dkimPublicKeys,
  // The machine has a certificate once it is at work: until then, no record leads mail there.
  certificateSpkiSha256: host.certificateSpkiSha256,
  acmeAccountUri: host.acmeAccountUri,
  dns: nameServer,
  reverseDns: nameServer,
});

export const { clientSettings } = host;
export const { zoneFile } = dns;
