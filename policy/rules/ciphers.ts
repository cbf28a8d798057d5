import { effectiveSettings, locationOf, parseDovecotConf } from "../dovecot";
import { settingsIn } from "../postfix";
import { fileContent, type Resource, type Rule } from "../rule";

/** TLS encrypts, and the server shows its certificate. */
export const noNullCipher: Rule = {
  name: "no-null-cipher",
  description: "A TLS connection without encryption, or with a server that shows no certificate, only looks like one",
  severity: "high",
  checkResource: (resource) => [...postfixProblems(resource), ...dovecotProblems(resource), ...nginxProblems(resource)],
};

/** Postfix' lists of ciphers, and the parameters that choose among them. */
const postfixLists = /^tls_(export|low|medium|high|null)_cipherlist$/;
const postfixGrades = /^smtpd?_tls_(mandatory_)?ciphers$/;

function postfixProblems(resource: Resource): string[] {
  return settingsIn(resource).flatMap(({ where, parameters }) =>
    [...parameters]
      .filter(([name, value]) =>
        postfixLists.test(name)
          ? weakCiphers(value).length > 0
          : postfixGrades.test(name) && !/^(high|medium|\$.*)$/i.test(value),
      )
      .map(
        ([name, value]) =>
          `${where}: ${name} = ${value || "(none)"}; ${postfixLists.test(name) ? mend(value) : "make it high"}`,
      ),
  );
}

function dovecotProblems(resource: Resource): string[] {
  const settings = parseDovecotConf(fileContent(resource, "/etc/dovecot/dovecot.conf") ?? "");
  return effectiveSettings(settings, "ssl_cipher_list")
    .filter(({ value }) => weakCiphers(value).length > 0)
    .map((setting) => `${locationOf(setting)}: ssl_cipher_list = ${setting.value}; ${mend(setting.value)}`);
}

function nginxProblems({ type, name, inputs }: Resource): string[] {
  if (type !== "mailserver:index:HostFile" || !name.includes("/etc/nginx/")) return [];
  return [...String(inputs.content).matchAll(/^\s*ssl_ciphers\s+["']?([^;"']*)/gm)].flatMap(([, list = ""]) =>
    weakCiphers(list).length > 0 ? [`${name}: ssl_ciphers ${list}; ${mend(list)}`] : [],
  );
}

function mend(list: string): string {
  return `leave out ${weakCiphers(list).join(", ")}`;
}

/** What the parts of a cipher's name, and the names of groups of ciphers, say of it: no encryption, no certificate, keys that are broken. */
const weak = /^(eNULL|NULL(-\w+)*|aNULL|A(EC)?DH(-\w+)*|aDH|COMPLEMENTOF\w+|EXP(ORT)?\d*(-\w+)*|LOW|DES|RC[24]|MD5)$/i;

/** The words of a list, as in ciphers(1), that bring such ciphers in, and are not taken back. */
function weakCiphers(list: string): string[] {
  const words = list.split(/[:,\s]+/).filter((word) => word !== "");
  const banned = words.filter((word) => word.startsWith("!")).map((word) => word.slice(1).toLowerCase());
  return words.filter((word, index) => {
    if (/^@SECLEVEL=0$/i.test(word)) return true;
    const isTakenBack = words.slice(index + 1).some((later) => later.toLowerCase() === `-${word.toLowerCase()}`);
    // A plus or minus at the beginning brings nothing in.
    const names = /^[+-]/.test(word) ? [] : word.split("+");
    return names.some((name) => weak.test(name) && !banned.includes(name.toLowerCase())) && !isTakenBack;
  });
}
