import { scripts } from "../../components/services/opendkim/scripts";
import { milterEndpoint } from "../../components/services/paths";
import { isLoopback, isOwnAddress } from "../networks";
import { asksOpendkim, opendkimPath, parseOpendkimConf } from "../opendkim";
import { isOn, listOf, postfixProblems, type Scope } from "../postfix";
import { fileContent, type Resource, type Rule } from "../rule";

/** Who has logged in writes their own addresses into From and Sender: OpenDKIM's scripts see to it, for whatever Postfix hands to them. */
export const fromIsLogin: Rule = {
  name: "from-is-login",
  description:
    "Readers see From, not the envelope: where a login may write any From, each stolen password signs mail in the name of every other mailbox",
  severity: "high",
  checkResource: opendkimProblems,
  checkStack: (resources) =>
    resources.some((each) => fileContent(each, opendkimPath) !== undefined)
      ? postfixProblems(resources, "smtpd", postfixProblemsAt)
      : [],
};

/** Parameters of opendkim.conf(5), whose names it takes in any case. */
const wanted = { SetupPolicyScript: scripts.setup, FinalPolicyScript: scripts.final };

function opendkimProblems(resource: Resource): string[] {
  const text = fileContent(resource, opendkimPath);
  if (text === undefined) return [];
  const all = parseOpendkimConf(text);
  const of = (name: string) => all.filter(([each]) => each === name.toLowerCase()).map(([, value]) => value);
  return [
    // Each place where it is set: which of two counts is no matter.
    ...Object.entries(wanted).flatMap(([name, script]) =>
      (of(name).length > 0 ? of(name) : ["(none)"])
        .filter((value) => value !== script)
        .map((value) => `${name} ${value} leaves From and Sender to whoever logs in; leave it as it was, ${script}`),
    ),
    ...of("Mode")
      .filter((value) => !/^(sv|vs)$/i.test(value))
      .map((value) => `Mode ${value} signs or verifies nothing; make it sv`),
    ...["PeerList", "ExemptDomains"].flatMap((name) =>
      of(name)
        .filter((value) => !listOf(value).every(isLoopback))
        .map((value) => `${name} ${value} has OpenDKIM overlook messages, whoever writes them; leave it out`),
    ),
    ...of("InternalHosts")
      .filter((value) => !listOf(value).every(isOwnAddress))
      .map(
        (value) => `InternalHosts ${value} signs what is written there without a login; leave only the machine itself`,
      ),
    ...["On-Default", "On-InternalError", "On-PolicyError"].flatMap((name) =>
      of(name)
        .filter((value) => /^(a|accept)$/i.test(value))
        .map((value) => `${name} ${value} lets through what OpenDKIM could not judge; make it tempfail`),
    ),
  ];
}

function postfixProblemsAt({ parameters }: Pick<Scope, "parameters">): string[] {
  if (!isOn(parameters.get("smtpd_sasl_auth_enable"))) return [];
  const milters = listOf(parameters.get("smtpd_milters"));
  const options = listOf(parameters.get("receive_override_options")?.toLowerCase());
  const maps = parameters.get("smtpd_milter_maps");
  const action = parameters.get("milter_default_action");
  const told = parameters.get("milter_mail_macros");
  return [
    ...(asksOpendkim(parameters)
      ? []
      : [
          `smtpd_milters = ${milters.join(", ") || "(none)"} leaves OpenDKIM out, which binds From to the login; name ${milterEndpoint}`,
        ]),
    ...(options.includes("no_milters")
      ? ["receive_override_options has no_milters, which leaves OpenDKIM out; leave that word out"]
      : []),
    ...(maps ? [`smtpd_milter_maps = ${maps} may leave OpenDKIM out for a client; leave it out`] : []),
    ...(told !== undefined && !/\bauth_authen\b/.test(told)
      ? ["milter_mail_macros leaves out {auth_authen}, so that OpenDKIM does not know who has logged in; name it"]
      : []),
    ...(action && /^accept$/i.test(action)
      ? ["milter_default_action = accept lets mail through while OpenDKIM does not answer; make it tempfail"]
      : []),
  ];
}
