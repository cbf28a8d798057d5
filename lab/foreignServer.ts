import { readFileSync } from "node:fs";
import { factsOf } from "./addresses";
import { certificateFor } from "./authority";
import { ensureLayer, type LayerRecipe } from "./image";
import { pause } from "./progress";
import { ssh } from "./ssh";

/** Envelope address of the person who has a mailbox at the foreign server. */
export const foreignMailbox = "someone@example.net";

const user = "someone";

/** By which another server may log in here on 587 and 465, to have its mail sent on. */
export const relayLogin = { user: "relay", password: "over hill, over dale" };

const { fqdn } = factsOf("foreign");
const submission = [
  "smtpd_tls_security_level=encrypt",
  "smtpd_sasl_auth_enable=yes",
  `smtpd_sasl_local_domain=${fqdn}`,
  "smtpd_relay_restrictions=permit_sasl_authenticated,reject",
];

/** Adds a service to master.cf that demands a login. */
const service = (name: string, ...more: string[]) =>
  [
    `postconf -M '${name}/inet=${name} inet n - n - - smtpd'`,
    ...[...submission, `syslog_name=postfix/${name}`, ...more].map((line) => `postconf -P '${name}/inet/${line}'`),
  ].join("\n");

/** Debian's Postfix as it comes, for the domain example.net, with nothing that would slow a test down; and Cyrus SASL for those who log in. */
const recipe = (pem: string): LayerRecipe => ({
  packages: ["postfix", "ssl-cert", "sasl2-bin", "libsasl2-modules"],
  debconf: ["postfix postfix/main_mailer_type select Internet Site", "postfix postfix/mailname string example.net"],
  files: {
    "/etc/postfix/sasl/smtpd.conf": "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN",
    "/etc/ssl/private/server.pem": pem,
  },
  finish: `
useradd --create-home --shell /bin/bash ${user}
postconf -e \\
  myhostname=mail.example.net mydestination=example.net,mail.example.net,localhost home_mailbox=Maildir/ \\
  inet_interfaces=all mailbox_size_limit=0 message_size_limit=0 smtpd_client_connection_count_limit=0 \\
  queue_run_delay=5s minimal_backoff_time=5s maximal_backoff_time=15s smtp_tls_loglevel=1 maillog_file=/var/log/mail.log \\
  smtpd_tls_chain_files=/etc/ssl/private/server.pem
echo 'root: ${user}' >>/etc/aliases
newaliases
chmod 600 /etc/ssl/private/server.pem
echo '${relayLogin.password}' | saslpasswd2 -p -c -u ${fqdn} ${relayLogin.user}
chgrp postfix /etc/sasldb2
chmod 640 /etc/sasldb2
${service("submission")}
${service("submissions", "smtpd_tls_wrappermode=yes")}
`,
});

/** Folder of the layer that makes a base image into the foreign mail server. */
export async function foreignLayer(base: string): Promise<string> {
  const { certificate, key } = await certificateFor(fqdn);
  const pem = [key, certificate].map((path) => readFileSync(path, "utf8").trim()).join("\n");
  return ensureLayer("foreign", base, recipe(pem));
}

/** A message in the foreign mailbox. */
export interface Delivery {
  /** File in the Maildir. */
  file: string;
  /** The message as it was delivered, with all header fields that were added on the way. */
  raw: Buffer;
}

/** Messages in the mailbox of {@link foreignMailbox} that contain `text`, oldest first. */
export async function deliveries(text = ""): Promise<Delivery[]> {
  // One process for all files: the rotation of keys leaves thousands.
  const list = `cd /home/${user}/Maildir 2>/dev/null || exit 0
    find new cur -type f -printf '%T@ %p\\n' | sort -n | cut -d' ' -f2- | perl -e '
      my $text = shift;
      while (my $file = <STDIN>) {
        chomp $file;
        open my $message, "<:raw", $file or next;
        local $/;
        my $raw = <$message>;
        print "$file ", unpack("H*", $raw), "\\n" if index($raw, $text) >= 0;
      }' -- "$text"`;
  const { stdout } = await ssh("foreign", `IFS= read -r text; ${list}`, `${text}\n`);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [file = "", raw = ""] = line.split(" ");
      return { file, raw: Buffer.from(raw, "hex") };
    });
}

/**
 * The first message in the foreign mailbox that contains `text`, as soon as it is there.
 * @throws when it has not come after `seconds`, with the foreign server's last log lines
 */
export async function awaitDelivery(text: string, seconds = 30): Promise<Delivery> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const [first] = await deliveries(text);
    if (first) return first;
    if (Date.now() > deadline) {
      throw new Error(
        `No message with '${text}' reached ${foreignMailbox} within ${seconds} s. The foreign server says:\n${await mailLog(15)}`,
      );
    }
    await pause(200);
  }
}

/**
 * Hands a message to the foreign server, as a user of that server does; it then goes out through its queue.
 * @throws when it is not accepted into the queue
 */
export async function send(raw: string | Buffer, from: string, to: string[]): Promise<void> {
  const addresses = [from, ...to].map((address) => `'${address.replaceAll("'", `'\\''`)}'`);
  const { exitCode, stderr } = await ssh(
    "foreign",
    `sendmail -i -f ${addresses[0]} -- ${addresses.slice(1).join(" ")}`,
    raw,
  );
  if (exitCode !== 0) throw new Error(`The foreign server did not take the message: ${stderr.trim()}`);
}

/** The last lines of the foreign server's mail log. */
export const mailLog = async (lines = 1000) => (await ssh("foreign", `tail -n ${lines} /var/log/mail.log`)).stdout;

/** What waits in the foreign server's queue, one entry a message, each with the reason where it was deferred. */
export const queue = async () => (await ssh("foreign", "postqueue -p")).stdout;

/** Empties the foreign server's mailbox and queue. */
export const clear = async () => {
  await ssh("foreign", `postsuper -d ALL; rm -rf /home/${user}/Maildir`);
};
