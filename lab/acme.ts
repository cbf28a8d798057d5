import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { services } from "./addresses";
import { acmeName, caPath, certificateFor, type ServerCertificate } from "./authority";
import { inLab } from "./paths";
import { inNamespace, lastLines, logFile, pidOf, run, startDaemon, stopDaemon } from "./processes";
import { until } from "./progress";

/** Where ACME clients start. */
export const directoryUrl = `https://${acmeName}:14000/dir`;

const rootsUrl = `https://${acmeName}:15000/roots/0`;
const issuingRoot = inLab("acme", "root.pem");
const validitySeconds = 90 * 24 * 3600;

/** PEM file of all that a computer of the lab trusts: what vouches for the ACME server, and what issues certificates. */
export const trustedRootsPath = inLab("acme", "trusted.pem");

/** PEM of the root that issues certificates; a new one each time that the lab comes up. */
export const issuingRoots = () => readFileSync(issuingRoot, "utf8");

/** Starts Pebble, an ACME authority that validates by HTTP-01 and DNS-01 through the lab's resolver. */
export async function startAcme(): Promise<void> {
  if (!pidOf("pebble")) writeFileSync(issuingRoot, await startPebble());
  writeFileSync(trustedRootsPath, readFileSync(caPath, "utf8") + issuingRoots());
}

/** Its issuing root in PEM. */
async function startPebble(): Promise<string> {
  mkdirSync(inLab("acme"), { recursive: true });
  const own = await certificateFor(acmeName, [services.acme.v4, services.acme.v6]);
  writeFileSync(inLab("acme", "pebble.json"), JSON.stringify(settings(own), null, 2));
  startDaemon({
    name: "pebble",
    network: "lab",
    command: ["pebble", "-config", inLab("acme", "pebble.json"), "-dnsserver", `${services.resolver.v4}:53`],
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
    `${acmeName}:15000:${services.acme.v4}`,
    rootsUrl,
  ];
  const complaint = () => `The ACME authority Pebble does not answer:\n${lastLines(logFile("pebble"))}`;
  return until(10, complaint, async () => (await run([...inNamespace, ...fetchRoot])).stdout || undefined);
}

/** Stops Pebble, which forgets every account and certificate. */
export const stopAcme = () => stopDaemon("pebble");

const settings = ({ certificate, key }: ServerCertificate) => ({
  pebble: {
    listenAddress: `${services.acme.v4}:14000`,
    managementListenAddress: `${services.acme.v4}:15000`,
    certificate,
    privateKey: key,
    httpPort: 80,
    tlsPort: 443,
    ocspResponderURL: "",
    externalAccountBindingRequired: false,
    certificateValidityPeriod: validitySeconds,
    profiles: { default: { description: "90 days", validityPeriod: validitySeconds } },
  },
});
