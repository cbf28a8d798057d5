import * as z from "zod";
import { parseDomainName } from "../../addresses";
import { argsObject } from "../../declaration";
import { clientBlock, input, localAddress, matching, pattern, port, secretInput } from "../../schemaFields";
import { ruleMembers } from "./ruleSettings";

const submission = argsObject("SubmissionArgs", "Rules for the mail that users submit after a login (RFC 6409).", {
  keepClientHeaders: z
    .boolean()
    .default(false)
    .meta({
      description:
        "Whether headers stay that describe the sender's mail program and its address, such as `User-Agent`, `X-Mailer` and `X-Originating-IP`. " +
        "Recipients never see the client's name and address.",
    }),
  freeSenders: z
    .array(localAddress)
    .default([])
    .meta({
      description:
        "Mailboxes that may write any address into `From:` and `Sender:`, such as that of a web shop which sends in the name of its customers. The " +
        "envelope sender stays theirs; OpenDKIM signs for whichever of `domains` stands in `From:`.",
      default: "nobody: each login may write the address of its mailbox and those of aliases that lead to it",
    }),
});

const relayHost = argsObject(
  "RelayHostArgs",
  "A server that sends mail on, also called a smart host. It must speak TLS, with a certificate that is valid for its name.",
  {
    hostname: input(parseDomainName).meta({ description: "Its name.", example: "smtp.example.net" }),
    port: port.default(587).meta({
      description: "Its port. On 465 TLS comes first; on any other, STARTTLS is demanded.",
    }),
    user: input(pattern(/^[^\s:\0]+$/, "is not a name to log in with; a space or a colon cannot be part of it"))
      .optional()
      .meta({ description: "Name to log in with.", default: "none: it knows the machine by its address" }),
    password: secretInput((text) =>
      /^(?!\s)[^\r\n\0]+(?<!\s)$/.test(text) ? undefined : "must be one line, not empty, without spaces at its ends",
    )
      .optional()
      .meta({ description: "Password to log in with. Always kept as a secret.", default: "none" }),
  },
);

const mainCf = z
  .record(
    z.string().regex(/^[A-Za-z0-9_-]+$/, "is not the name of a parameter of main.cf"),
    z.string().regex(/^[^\0\r\n]*$/, "must be one line"),
  )
  .default({});

/** master(5): a service line of eight fields or more, then lines that begin with a space. */
const masterCfEntry = matching(
  /^\S+[ \t]+(inet|unix|unix-dgram|fifo|pass)([ \t]+\S+){6,}[ \t]*(\n[ \t]+\S.*)*\n?$/,
  "is not an entry of master.cf; allowed is a service line such as 2525 inet n - y - - smtpd, and below it its options, indented",
);

/** `postfix`. */
export const postfixArgs = argsObject(
  "PostfixArgs",
  "Rules for mail, each in a table of its own, and additional configuration of Postfix, which takes precedence. All of it stands in the diff and is checked " +
    "by Postfix before it is in use.",
  {
    ...ruleMembers,
    mainCf: mainCf.meta({
      description: "Parameters of main.cf (postconf(5)) by name. Each replaces the value that the server would have.",
      example: { smtpd_client_connection_count_limit: "20" },
    }),
    masterCf: z
      .array(masterCfEntry)
      .default([])
      .meta({
        description:
          "Entries of master.cf (master(5)): a service line, and below it its options, indented. Each replaces the entry of the same name and type " +
          "that the server would have.",
        example: ["2525 inet n - y - - smtpd\n  -o syslog_name=postfix/2525"],
      }),
  },
);

export const postfixSettings = {
  common: {
    enableSubmissionStartTls: z
      .boolean()
      .default(true)
      .meta({
        description:
          "Whether mail is submitted on 587 (STARTTLS), too. With `false`, on 465, where TLS begins at once (RFC 8314 section 3.3), and on " +
          "`additionalSubmissionPorts`.",
      }),
  },
  machine: {
    additionalSubmissionPorts: z
      .array(port)
      .default([])
      .meta({
        description:
          "Further ports on which mail is submitted as on 587: after STARTTLS and a login. For networks that let no other mail port through. They " +
          "stand in no SRV record, and last in the client settings.",
        example: [2525],
      }),
    trustedClients: z
      .array(clientBlock)
      .default([])
      .meta({
        description:
          "Addresses, or blocks such as `203.0.113.0/24`, of machines that hand in mail for this server's addresses and are not checked further: a " +
          "backup MX or an old provider that forwards, whose mail fails SPF, and devices and servers that greet with a name of one label. They may " +
          "not send to addresses elsewhere.",
      }),
    messageSizeLimit: z
      .int("must be a whole number of bytes")
      .min(65536, "must be 65536 (64 KiB) or more")
      .max(1073741824, "must be 1073741824 (1 GiB) or less")
      .default(52428800)
      .meta({
        description:
          "Largest message accepted, in bytes, headers and encoding included (Postfix `message_size_limit`). Encoding makes attachments a third " +
          "larger.",
      }),
    queueMinFree: z
      .int("must be a whole number of bytes")
      .min(98304, "must be 98304 or more, 1.5 times the smallest messageSizeLimit")
      .max(1099511627776, "must be 1099511627776 (1 TiB) or less")
      .optional()
      .meta({
        description:
          "Bytes that must be free where the queue lies, or mail is put off (452 4.3.1; Postfix `queue_minfree`): 1.5 times `messageSizeLimit` or more. " +
          "`mailserver drift` warns when twice as much is left.",
        default: "1.5 times `messageSizeLimit`",
      }),
    submission: submission.prefault({}).meta({
      description: "Rules for the mail that users submit after a login, on 465 and 587.",
      default: "own addresses only; headers that tell of the mail program are removed",
    }),
    relayHost: relayHost.optional().meta({
      description:
        "A server that takes all mail for others and sends it on (Postfix `relayhost`). It is for machines whose provider blocks connections to " +
        "port 25, or whose address has a bad reputation. The SPF record of each domain must name it, too: `domains[].spf`.",
      default: "mail goes straight to the servers of its recipients",
    }),
    postfix: postfixArgs.prefault({}).meta({
      description: "Rules for mail, and additional configuration of Postfix.",
      default: "none",
    }),
  },
};
