import { effectiveSettings, locationOf, parseDovecotConf } from "../dovecot";
import { listOf, settingsIn } from "../postfix";
import { fileContent, type Resource, type Rule } from "../rule";

/** Postfix' parameters that say which versions of TLS it speaks, as a server and as a client. */
const protocols = [
  "smtpd_tls_protocols",
  "smtpd_tls_mandatory_protocols",
  "smtp_tls_protocols",
  "smtp_tls_mandatory_protocols",
];
const modern = ["TLSv1.2", "TLSv1.3"];
const outdated = ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1"];

/** No daemon speaks a version of TLS that is older than 1.2. */
export const modernTls: Rule = {
  name: "tls-1.2-or-newer",
  description: "TLS 1.0 and 1.1 can be broken (RFC 8996), and every mail program and server of today speaks 1.2",
  severity: "high",
  checkResource: (resource) => [...postfixProblems(resource), ...dovecotProblems(resource), ...nginxProblems(resource)],
};

function postfixProblems(resource: Resource): string[] {
  return settingsIn(resource).flatMap(({ where, parameters }) =>
    protocols
      .filter((name) => where === "main.cf" || parameters.has(name))
      .filter((name) => !isModern(parameters.get(name)))
      .map((name) => `${where}: ${name} = ${parameters.get(name) ?? "(Postfix' default)"}; make it >=TLSv1.2`),
  );
}

/** A lower bound, a list of versions, or a list of versions that are left out. */
function isModern(value: string | undefined): boolean {
  const words = listOf(value);
  const [bound] = words.flatMap((word) => (word.startsWith(">=") ? [word.slice(2)] : []));
  if (bound !== undefined) return modern.includes(bound);
  const wanted = words.filter((word) => !word.startsWith("!") && !word.startsWith("<="));
  if (wanted.length > 0) return wanted.every((word) => modern.includes(word));
  return outdated.every((version) => words.includes(`!${version}`));
}

function dovecotProblems(resource: Resource): string[] {
  const text = fileContent(resource, "/etc/dovecot/dovecot.conf");
  return effectiveSettings(parseDovecotConf(text ?? ""), "ssl_min_protocol")
    .filter(({ value }) => !modern.includes(value))
    .map((setting) => `${locationOf(setting)}: ssl_min_protocol = ${setting.value}; make it TLSv1.2`);
}

function nginxProblems({ type, name, inputs }: Resource): string[] {
  if (type !== "mailserver:index:HostFile" || !name.includes("/etc/nginx/")) return [];
  return [...String(inputs.content).matchAll(/^\s*ssl_protocols\s+([^;]*);/gm)]
    .filter(([, versions]) => !listOf(versions).every((version) => modern.includes(version)))
    .map(([, versions]) => `${name}: ssl_protocols ${versions}; make it TLSv1.2 TLSv1.3`);
}
