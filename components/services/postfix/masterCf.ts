import type { MachineModel } from "../../model";
import type { Contributions } from "../contributions";
import { additionsOf } from "./additions";
import { headerChecks } from "./headerChecks";
import { tables } from "./tables";

/** `/etc/postfix/master.cf`: which services run, and what submission demands of clients beyond main.cf. */
export function masterCf(
  model: MachineModel,
  { policyServices, recipientChecks }: Pick<Contributions, "policyServices" | "recipientChecks">,
): string {
  const own = [
    "# service  type  private unpriv  chroot  wakeup  maxproc  command + arguments",
    "smtp       inet  n       -       y       -       -        smtpd",
    ...(model.submissionStartTls ? ["submission inet  n       -       y       -       -        smtpd"] : []),
    ...(model.submissionStartTls ? submission(model, "submission", recipientChecks, startTls) : []),
    "submissions inet n       -       y       -       -        smtpd",
    ...submission(model, "submissions", recipientChecks, {
      smtpd_tls_wrappermode: "yes",
      smtpd_tls_security_level: "encrypt",
    }),
    ...model.additionalSubmissionPorts.flatMap((port) => [
      `${String(port).padEnd(10)} inet n       -       y       -       -        smtpd`,
      ...submission(model, `submission-${port}`, recipientChecks, startTls),
    ]),
    ...submissionCleanup(model),
    ...reportCleanup,
    ...policyServices.flatMap((service) => service.masterCf),
    ...distributionServices,
  ].map((line) => (model.platform.postfix.chroot ? line : withoutChroot(line)));
  const { masterCf: added } = additionsOf(model);
  const kept = entries(own).filter((entry) => !added.some((each) => serviceOf(each) === serviceOf(entry)));
  const additions = added.length === 0 ? [] : ["# Additions of the stack", ...added.map((entry) => entry.trimEnd())];
  return `${[...kept, ...additions].join("\n")}\n`;
}

/** Ports on which clients log in, by number or as services(5) calls them: the server's own and those that the stack adds. */
export function submissionPorts(
  model: Pick<MachineModel, "own" | "submissionStartTls" | "additionalSubmissionPorts">,
): string[] {
  const added = additionsOf(model).masterCf.flatMap((entry) => {
    const [service = "", type, , , , , , command] = entry.split(/\s+/);
    const port = service.slice(service.lastIndexOf(":") + 1);
    return type === "inet" && command === "smtpd" && !["smtp", "25"].includes(port) ? [port] : [];
  });
  const own = [
    ...(model.submissionStartTls ? ["submission"] : []),
    "submissions",
    ...model.additionalSubmissionPorts.map(String),
  ];
  return [...new Set([...own, ...added])];
}

/** A service line whose daemon keeps the system's root; master(5) has the fifth field for that. */
function withoutChroot(line: string): string {
  return line.replace(/^((?:\S+ +){4})y/, "$1n");
}

/** Each service line with its options below it. */
function entries(lines: string[]): string[] {
  return lines.join("\n").split(/\n(?! )/);
}

/** Name and type, which no two entries may have in common. */
function serviceOf(entry: string): string {
  return entry.split(/\s+/, 2).join("/");
}

const startTls = { smtpd_tls_security_level: "encrypt" };

/** A client that logs in: TLS first, only its own sender addresses, no check that is meant for foreign servers. */
function submission(model: MachineModel, name: string, checks: string[], tls: Record<string, string>): string[] {
  const parameters = {
    syslog_name: `postfix/${name}`,
    ...tls,
    smtpd_sasl_auth_enable: "yes",
    // Scanners and the like leave out the brackets around addresses; on 25, where strangers are, that is refused.
    strict_rfc821_envelopes: "no",
    smtpd_discard_ehlo_keywords: "chunking,etrn,silent-discard",
    smtpd_client_restrictions: "permit_sasl_authenticated,reject",
    smtpd_helo_restrictions: "",
    smtpd_sender_restrictions: "$mua_sender_restrictions",
    smtpd_relay_restrictions: "permit_sasl_authenticated,reject",
    smtpd_recipient_restrictions: [
      ...["reject_non_fqdn_recipient", "reject_unlisted_recipient"],
      // master.cf has no spaces within a value.
      ...checks.map((each) => each.replaceAll(" ", ",")),
      ...["permit_sasl_authenticated", "reject"],
    ].join(","),
    smtpd_client_message_rate_limit: "300",
    milter_macro_daemon_name: "ORIGINATING",
    cleanup_service_name: submissionCleanupService,
    ...(model.platform.postfix.hidesClientSession ? { smtpd_hide_client_session: "yes" } : {}),
  };
  return Object.entries(parameters).map(([parameter, value]) => `  -o ${parameter}=${value}`);
}

/** The cleanup(8) of what people who have logged in send. */
export const submissionCleanupService = "submission-cleanup";

/**
 * Before a message is signed, what clients tell of themselves is taken out and what they have left out is added (RFC 6409 section 8); what the
 * stack looks for in headers goes on. A NUL, behind which a filter written in C sees nothing, is refused (RFC 5322 section 2.2).
 */
function submissionCleanup(model: MachineModel): string[] {
  const parameters = {
    ...headerChecks(model, tables.submissionHeaders.lookup),
    milter_header_checks: tables.milterHeaders.lookup,
    always_add_missing_headers: "yes",
    message_reject_characters: "\\0",
  };
  return [
    `${submissionCleanupService} unix n -   y       -       0        cleanup`,
    ...Object.entries(parameters).map(([name, value]) => `  -o { ${name} =${value === "" ? "" : ` ${value}`} }`),
  ];
}

const cleanupOfReports = "report-cleanup";

/**
 * What bounce(8) and smtp(8) report is signed (internal_mail_filter_classes in main.cf), and else treated as Postfix treats it by default: what the
 * stack looks for or filters in people's mail would lose a report. It goes out unsigned where OpenDKIM cannot be reached.
 */
const reportCleanup = [
  `${cleanupOfReports} unix n -       y       -       0        cleanup`,
  ...["header_checks", "mime_header_checks", "nested_header_checks", "body_checks", "content_filter"].map(
    (name) => `  -o ${name}=`,
  ),
  "  -o milter_default_action=accept",
];

const reporting = `  -o cleanup_service_name=${cleanupOfReports}`;

/** As Debian ships them; local delivery included, for the machine's own mail. */
const distributionServices = [
  "pickup     unix  n       -       y       60      1        pickup",
  "cleanup    unix  n       -       y       -       0        cleanup",
  "qmgr       unix  n       -       n       300     1        qmgr",
  "tlsmgr     unix  -       -       y       1000?   1        tlsmgr",
  "rewrite    unix  -       -       y       -       -        trivial-rewrite",
  "bounce     unix  -       -       y       -       0        bounce",
  reporting,
  "defer      unix  -       -       y       -       0        bounce",
  reporting,
  "trace      unix  -       -       y       -       0        bounce",
  reporting,
  "verify     unix  -       -       y       -       1        verify",
  "flush      unix  n       -       y       1000?   0        flush",
  "proxymap   unix  -       -       n       -       -        proxymap",
  "proxywrite unix  -       -       n       -       1        proxymap",
  "smtp       unix  -       -       y       -       -        smtp",
  reporting,
  "relay      unix  -       -       y       -       -        smtp",
  "  -o syslog_name=postfix/relay",
  reporting,
  "showq      unix  n       -       y       -       -        showq",
  "error      unix  -       -       y       -       -        error",
  "retry      unix  -       -       y       -       -        error",
  "discard    unix  -       -       y       -       -        discard",
  "local      unix  -       n       n       -       -        local",
  "virtual    unix  -       n       n       -       -        virtual",
  "lmtp       unix  -       -       y       -       -        lmtp",
  reporting,
  "anvil      unix  -       -       y       -       1        anvil",
  "scache     unix  -       -       y       -       1        scache",
  "postlog    unix-dgram n  -       n       -       1        postlogd",
];
