import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { services } from "./addresses";
import { acmeName, caPath, certificateFor, type ServerCertificate } from "./authority";
import { inLab } from "./paths";
import { inNamespace, lastLines, logFile, pidOf, run, startDaemon, stopDaemon } from "./processes";
import { until } from "./progress";

interface Authority {
  /** Of the daemon. */
  name: string;
  port: number;
  managementPort: number;
  /** Accounts with it outside ACME, one of which each ACME account must be bound to (RFC 8555 section 7.3.4). @default - it takes everybody */
  customers?: Record<string, string>;
}

/** A customer of the authority that takes nobody else: its key identifier, and its MAC key in base64url. */
export const customer = { keyId: "kid-1", hmacKey: "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W" };

const open: Authority = { name: "pebble", port: 14000, managementPort: 15000 };
const closed: Authority = {
  name: "pebble-customers",
  port: 14001,
  managementPort: 15001,
  customers: { [customer.keyId]: customer.hmacKey },
};
const authorities = [open, closed];

const directoryOf = ({ port }: Authority) => `https://${acmeName}:${port}/dir`;

/** Where ACME clients start. */
export const directoryUrl = directoryOf(open);

/** As {@link directoryUrl}, of the authority that takes its {@link customer} only. */
export const customersDirectoryUrl = directoryOf(closed);

const issuingRoot = ({ name }: Authority) => inLab("acme", `${name}-root.pem`);
const validitySeconds = 90 * 24 * 3600;

/** PEM file of all that a computer of the lab trusts: what vouches for the ACME servers, and what issues certificates. */
export const trustedRootsPath = inLab("acme", "trusted.pem");

/** PEM of the roots that issue certificates; new ones each time that the lab comes up. */
export const issuingRoots = () => authorities.map((each) => readFileSync(issuingRoot(each), "utf8")).join("");

/** Starts Pebble, an ACME authority that validates by HTTP-01 and DNS-01 through the lab's resolver; once for everybody, once for customers. */
export async function startAcme(): Promise<void> {
  mkdirSync(inLab("acme"), { recursive: true });
  const own = await certificateFor(acmeName, [services.acme.v4, services.acme.v6]);
  await Promise.all(
    authorities.map(async (each) => {
      if (!pidOf(each.name)) writeFileSync(issuingRoot(each), await startPebble(each, own));
    }),
  );
  writeFileSync(trustedRootsPath, readFileSync(caPath, "utf8") + issuingRoots());
}

/** Its issuing root in PEM. */
async function startPebble(authority: Authority, own: ServerCertificate): Promise<string> {
  const { name, managementPort } = authority;
  const configuration = inLab("acme", `${name}.json`);
  writeFileSync(configuration, JSON.stringify(settings(authority, own), null, 2));
  startDaemon({
    name,
    network: "lab",
    command: ["pebble", "-config", configuration, "-dnsserver", `${services.resolver.v4}:53`],
    // Validate at once rather than after a random pause; refuse a nonce now and then, as a real authority does.
    environment: { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "5", PEBBLE_AUTHZREUSE: "0" },
  });
  const fetchRoot = [
    "curl",
    "--silent",
    "--fail",
    "--cacert",
    caPath,
    "--resolve",
    `${acmeName}:${managementPort}:${services.acme.v4}`,
    `https://${acmeName}:${managementPort}/roots/0`,
  ];
  const complaint = () => `The ACME authority Pebble does not answer:\n${lastLines(logFile(name))}`;
  return until(10, complaint, async () => (await run([...inNamespace, ...fetchRoot])).stdout || undefined);
}

/** Stops Pebble, which forgets every account and certificate. */
export const stopAcme = () => Promise.all(authorities.map(({ name }) => stopDaemon(name)));

const settings = ({ port, managementPort, customers }: Authority, { certificate, key }: ServerCertificate) => ({
  pebble: {
    listenAddress: `${services.acme.v4}:${port}`,
    managementListenAddress: `${services.acme.v4}:${managementPort}`,
    certificate,
    privateKey: key,
    httpPort: 80,
    tlsPort: 443,
    ocspResponderURL: "",
    externalAccountBindingRequired: customers !== undefined,
    externalAccountMACKeys: customers ?? {},
    certificateValidityPeriod: validitySeconds,
    profiles: { default: { description: "90 days", validityPeriod: validitySeconds } },
  },
});
