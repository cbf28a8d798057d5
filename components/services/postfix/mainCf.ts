import { largestExpansion } from "../../expansion";
import type { MachineModel } from "../../model";
import { tlsCiphers, tlsGroups, tlsVersions } from "../../tls";
import { userMaps } from "../../users";
import type { Contributions, PolicyService } from "../contributions";
import { inQueueDirectory, lmtpTransport, paths } from "../paths";
import { additionsOf } from "./additions";
import { headerChecks, mergedParameters } from "./headerChecks";
import { accessChecks, clientChecks, messageRules } from "./ruleTables";
import { nextHop, tables } from "./tables";

/** A group of parameters under a heading. */
type Section = [heading: string, parameters: Record<string, string | string[]>];

/** `/etc/postfix/main.cf`. What only clients that log in are subject to stands in master.cf. */
export function mainCf(model: MachineModel, { policyServices, recipientChecks, milters }: Contributions): string {
  const added = Object.fromEntries(
    Object.entries(additionsOf(model).mainCf).filter(([name]) => !mergedParameters.includes(name)),
  );
  const own: Section[] = [
    identity(model),
    delivery(model),
    tlsServer(model),
    tlsClient(model),
    ...relaying(model),
    authentication(model),
    protocolHygiene,
    limits(model),
    restrictions(model, policyServices, recipientChecks),
    ["What is taken out of headers", { ...headerChecks(model) }],
    ...section("Rules of the stack for messages", messageRules(model)),
    ...(milters.length === 0 ? [] : [filters(milters)]),
  ];
  const replaced = own.map(([heading, parameters]): Section => [heading, without(parameters, Object.keys(added))]);
  return renderSections(Object.keys(added).length === 0 ? own : [...replaced, ["Additions of the stack", added]]);
}

/** Nothing, where it has no parameter. */
function section(heading: string, parameters: Section[1]): Section[] {
  return Object.keys(parameters).length === 0 ? [] : [[heading, parameters]];
}

/** Postfix warns of a parameter that is there twice. */
function without(parameters: Section[1], names: string[]): Section[1] {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !names.includes(name)));
}

function identity(model: MachineModel): Section {
  const isMailDomain = model.domains.some((domain) => domain.name === model.hostname);
  return [
    "Who this server is",
    {
      compatibility_level: "3.6",
      myhostname: model.hostname,
      mydomain: model.hostname.split(".").slice(1).join("."),
      myorigin: "$myhostname",
      mydestination: [...(isMailDomain ? [] : ["$myhostname"]), "localhost.$mydomain", "localhost"],
      mynetworks: "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128",
      inet_interfaces: "all",
      inet_protocols: model.ipv6 ? "all" : "ipv4",
      smtpd_banner: "$myhostname ESMTP",
      biff: "no",
      append_dot_mydomain: "no",
      readme_directory: "no",
    },
  ];
}

/** Postfix defers mail to an alias that stands for more than it allows; what the stack says is allowed. */
function expansionLimits({ aliases, recipientDelimiter }: MachineModel): Section[1] {
  const { addresses, nesting } = largestExpansion(aliases, recipientDelimiter);
  return {
    ...(addresses > 1000 ? { virtual_alias_expansion_limit: String(addresses) } : {}),
    ...(nesting > 1000 ? { virtual_alias_recursion_limit: String(nesting) } : {}),
  };
}

function delivery(model: MachineModel): Section {
  return [
    "Where mail goes",
    {
      virtual_mailbox_domains: tables.domains.lookup,
      virtual_mailbox_maps: userMaps(model, "mailboxMap"),
      virtual_alias_maps: tables.aliases.lookup,
      virtual_transport: lmtpTransport,
      // Dovecot 2.4 refuses more than ten deliveries at once to one user; Postfix would then wait for minutes.
      lmtp_destination_concurrency_limit: "8",
      ...expansionLimits(model),
      recipient_delimiter: model.recipientDelimiter,
      alias_maps: tables.local.lookup,
      // The table is the agent's: newaliases, which a package's upgrade runs as well, would leave it empty.
      alias_database: "",
      local_recipient_maps: ["$alias_maps", ...userMaps(model, "localMap")],
      ...accountDelivery(model),
      // Dovecot's LMTP does not offer it: mail that was accepted with it would bounce.
      smtputf8_enable: "no",
      // A line that is folded on its way out or in is no longer what was signed. RFC 5321 has 998 bytes, and mail programs send more.
      smtp_line_length_limit: "0",
      lmtp_line_length_limit: "0",
      message_size_limit: String(model.messageSizeLimit),
      ...(model.queueMinFree === undefined ? {} : { queue_minfree: String(model.queueMinFree) }),
      mailbox_size_limit: "0",
      relayhost: model.relayHost ? nextHop(model.relayHost) : "",
    },
  ];
}

/** Mail of people with an account goes to Dovecot, as that of mailboxes does; nothing that one of them writes is run. */
function accountDelivery(model: MachineModel): Section[1] {
  if (!model.systemAccounts) return {};
  return {
    mailbox_transport_maps: userMaps(model, "localMap"),
    ...(model.systemAccounts.enableForwardFiles ? {} : { forward_path: "" }),
    allow_mail_to_commands: "",
    allow_mail_to_files: "",
  };
}

const protocols = `>=${tlsVersions[0]}`;

function tlsServer({ platform, submissionStartTls, additionalSubmissionPorts }: MachineModel): Section {
  const demanded = [465, ...(submissionStartTls ? [587] : []), ...additionalSubmissionPorts];
  return [
    `TLS towards clients that connect to us: offered on 25, demanded on ${demanded.join(", ").replace(/, (\d+)$/, " and $1")}`,
    {
      smtpd_tls_security_level: "may",
      smtpd_tls_auth_only: "yes",
      smtpd_tls_chain_files: paths.certificate,
      smtpd_tls_protocols: protocols,
      smtpd_tls_mandatory_protocols: protocols,
      smtpd_tls_ciphers: "high",
      smtpd_tls_mandatory_ciphers: "high",
      tls_high_cipherlist: tlsCiphers,
      tls_eecdh_auto_curves: tlsGroups(platform).join(", "),
      ...(platform.postfix.ffdheGroups ? { tls_ffdhe_auto_groups: "" } : {}),
      tls_preempt_cipherlist: "yes",
      tls_ssl_options: "NO_RENEGOTIATION, NO_COMPRESSION",
      smtpd_tls_received_header: "yes",
      smtpd_tls_loglevel: "1",
    },
  ];
}

function tlsClient({ relayHost, platform }: MachineModel): Section {
  return [
    relayHost
      ? "TLS towards the relay host: demanded, with a certificate for its name"
      : "TLS towards servers that we send to: used wherever it is offered",
    {
      smtp_tls_security_level: relayHost ? "secure" : "may",
      ...(relayHost?.port === 465 ? { smtp_tls_wrappermode: "yes" } : {}),
      smtp_tls_CAfile: platform.paths.caBundle,
      smtp_tls_protocols: protocols,
      smtp_tls_mandatory_protocols: protocols,
      smtp_tls_session_cache_database: "btree:$data_directory/smtp_scache",
      smtp_tls_loglevel: "1",
    },
  ];
}

function relaying({ relayHost }: MachineModel): Section[] {
  if (relayHost?.user === undefined) return [];
  return [
    [
      "Logging in at the relay host",
      {
        smtp_sasl_auth_enable: "yes",
        smtp_sasl_password_maps: tables.relayLogin.lookup,
        smtp_sasl_security_options: "noanonymous",
      },
    ],
  ];
}

const authentication = (model: MachineModel): Section => [
  "Logging in: Dovecot judges, and only where master.cf switches it on",
  {
    smtpd_sasl_type: "dovecot",
    smtpd_sasl_path: inQueueDirectory(paths.authSocket),
    smtpd_sasl_auth_enable: "no",
    smtpd_sasl_security_options: "noanonymous",
    smtpd_sender_login_maps: [tables.senders.lookup, ...userMaps(model, "senderMap")],
  },
];

const protocolHygiene: Section = [
  "What no honest client does (smuggling: CVE-2023-51764)",
  {
    smtpd_helo_required: "yes",
    disable_vrfy_command: "yes",
    strict_rfc821_envelopes: "yes",
    // Without "dsn", strangers could have notifications of success sent to whom they like; who logs in gets them by master.cf.
    smtpd_discard_ehlo_keywords: "chunking, etrn, dsn, silent-discard",
    smtpd_forbid_bare_newline: "normalize",
    smtpd_forbid_bare_newline_exclusions: "$mynetworks",
    smtpd_forbid_unauth_pipelining: "yes",
    smtpd_data_restrictions: "reject_unauth_pipelining",
  },
];

/** Per client address and minute. A server that speaks TLS, as Postfix does it, takes a connection for each message. */
function limits(model: MachineModel): Section {
  const { connectionCount, connectionRate, messageRate, recipientRate, authRate } = additionsOf(model).clientLimits;
  return [
    "How much one client may do",
    {
      // By default a quarter of the processes that serve a port, so that a few addresses cannot hold them all.
      smtpd_client_connection_count_limit: String(connectionCount),
      smtpd_client_connection_rate_limit: String(connectionRate),
      smtpd_client_message_rate_limit: String(messageRate),
      smtpd_client_recipient_rate_limit: String(recipientRate),
      // A program may log in for each message; passwords that are guessed cost Dovecot's delay each.
      smtpd_client_auth_rate_limit: String(authRate),
      ...(model.platform.postfix.countsIpv6Networks ? { smtpd_client_ipv6_prefix_length: "64" } : {}),
      smtpd_client_event_limit_exceptions: "$mynetworks",
      smtpd_soft_error_limit: "5",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Postfix' own condition, as in its default
      smtpd_hard_error_limit: "${stress?{1}:{10}}",
    },
  ];
}

/** An OK in one list says nothing of the others: whoever is trusted still relays to nobody. */
const restrictions = (model: MachineModel, policyServices: PolicyService[], checks: string[]): Section => [
  "Who may send what to whom",
  {
    ...ofClients(model),
    smtpd_helo_restrictions: [
      "permit_mynetworks",
      ...trusting(model.trustedClients),
      ...accessChecks(model, "check_helo_access"),
      "reject_invalid_helo_hostname",
      "reject_non_fqdn_helo_hostname",
    ],
    smtpd_sender_restrictions: [
      "reject_non_fqdn_sender",
      ...accessChecks(model, "check_sender_access"),
      "reject_unknown_sender_domain",
    ],
    // For master.cf: only its own addresses. Without the first, anybody who logs in could send as nobody.
    mua_sender_restrictions: [
      "check_sender_access inline:{ { <> = 553 5.7.1 Give an address of yours as the sender } }",
      "reject_non_fqdn_sender",
      "reject_sender_login_mismatch",
    ],
    smtpd_relay_restrictions: ["permit_mynetworks", "reject_unauth_destination"],
    smtpd_recipient_restrictions: additionsOf(model).rejectAllRecipients
      ? "reject"
      : ofRecipients(model, policyServices, checks),
    ...Object.assign({}, ...policyServices.map((service) => service.mainCf)),
    ...(policyServices.length === 0 ? {} : { smtpd_policy_service_max_idle: "10s" }),
  },
];

function ofRecipients(model: MachineModel, policyServices: PolicyService[], checks: string[]): string[] {
  return [
    "reject_non_fqdn_recipient",
    "reject_unknown_recipient_domain",
    "reject_unlisted_recipient",
    "permit_mynetworks",
    ...checks,
    ...trusting(model.trustedClients),
    ...accessChecks(model, "check_recipient_access"),
    ...policyServices.map(({ endpoint }) => `check_policy_service ${endpoint}`),
  ];
}

function ofClients(model: MachineModel): Section[1] {
  const checks = clientChecks(model);
  if (checks.length === 0) return {};
  return { smtpd_client_restrictions: ["permit_mynetworks", ...trusting(model.trustedClients), ...checks] };
}

const trusting = (clients: string[]) =>
  clients.length === 0 ? [] : [`check_client_access ${tables.trustedClients.lookup}`];

const filters = (milters: string[]): Section => [
  "DKIM: mail of clients that log in, the machine's own and Postfix's reports are signed, mail of others is verified",
  {
    smtpd_milters: milters.join(", "),
    non_smtpd_milters: "$smtpd_milters",
    milter_default_action: "tempfail",
    internal_mail_filter_classes: "bounce, notify",
  },
];

function renderSections(sections: Section[]): string {
  return sections
    .map(([heading, parameters]) => [`# ${heading}`, ...renderParameters(parameters), ""].join("\n"))
    .join("\n");
}

function renderParameters(parameters: Section[1]): string[] {
  return Object.entries(parameters).map(([name, value]) => {
    const text = Array.isArray(value) ? value.join(",\n    ") : value;
    return `${name} = ${text}`.trimEnd();
  });
}
