import { foreign, machine } from "../lab/lab";
import { Dialogue, type Route, verified } from "../lab/mail";
import { pause } from "../lab/progress";
import { anna, type BenchStack, ben, makePristine, type Name, on, route, serverArgs } from "./machines";
import { type Measurement, secondsOf } from "./measurement";

const incoming = 2000;
/** Of one client, which may submit 300 messages a minute. */
const outgoing = 250;

/** Figures of one server. */
interface Rates {
  incoming: number;
  outgoing: number;
  megabytes: number;
}

/**
 * Messages a second with all protections on, held against Debian's Postfix as it comes on the same machine; and what the services keep
 * in memory when they are idle. Replaces the server by Debian's.
 */
export async function throughput(stack: BenchStack, name: Name): Promise<Measurement[]> {
  await stack.up({ ...serverArgs(name), postfix: { mainCf: unlimited } });
  const ours: Rates = {
    megabytes: await memory(name),
    incoming: await intoMaildir(name, ben.address, "/var/mail/vhosts/bench.example.com/ben/Maildir"),
    outgoing: await outward(name, 465),
  };
  await makePristine(name);
  await on(name, stock);
  const theirs: Rates = {
    megabytes: await memory(name),
    incoming: await intoMaildir(name, "ben@bench.example.com", "/home/ben/Maildir"),
    outgoing: await outward(name, 25),
  };
  const against = (rate: keyof Rates) => ({ what: "Debian's Postfix as it comes", figure: theirs[rate] });
  return [
    {
      what: `${incoming} messages from another server into a Maildir`,
      unit: "messages/s",
      ours: ours.incoming,
      against: against("incoming"),
      goal: 1,
    },
    {
      what: `${outgoing * 3} messages submitted and delivered to another server`,
      unit: "messages/s",
      ours: ours.outgoing,
      against: against("outgoing"),
      goal: 1,
    },
    { what: "memory of the idle services", unit: "MB", ours: ours.megabytes, against: against("megabytes") },
  ];
}

/** One client stands for many here, so what one may do is not limited, as Debian's Postfix does not. */
const unlimited = {
  smtpd_client_connection_rate_limit: "0",
  smtpd_client_message_rate_limit: "0",
  smtpd_client_recipient_rate_limit: "0",
};

/** A user with a Maildir, and a certificate of its own; clients of the lab may relay, as they may not log in. */
const stock = `
export DEBIAN_FRONTEND=noninteractive
echo 'postfix postfix/main_mailer_type select Internet Site' | debconf-set-selections
echo 'postfix postfix/mailname string bench.example.com' | debconf-set-selections
apt-get update -qq
apt-get install -qq --yes --no-install-recommends postfix ssl-cert >/dev/null 2>&1
useradd --create-home ben
postconf -e home_mailbox=Maildir/ 'mydestination=bench.example.com, localhost' 'mynetworks=127.0.0.0/8 203.0.113.0/24'
systemctl restart postfix
sleep 1
`;

/** Messages a second that another server gets rid of. */
async function intoMaildir(name: Name, recipient: string, maildir: string): Promise<number> {
  const arrived = async () => Number(await on(name, `find ${maildir}/new ${maildir}/cur -type f 2>/dev/null | wc -l`));
  const before = await arrived();
  const to = name === "debian12" || name === "debian13" ? machine(name).v4 : "";
  const transport = `echo 'bench.example.com smtp:[${to}]' >/etc/postfix/bench; postmap /etc/postfix/bench; postconf -e transport_maps=hash:/etc/postfix/bench; postfix reload 2>/dev/null; sleep 2`;
  await must(machine("foreign").ssh(`PATH=$PATH:/usr/sbin; ${transport}`));
  const source = `smtp-source -4 -s 10 -m ${incoming} -l 4000 -M mail.example.net -f ${foreign.mailbox} -t ${recipient} 127.0.0.1:25`;
  const seconds = await secondsOf(async () => {
    await must(machine("foreign").ssh(`PATH=$PATH:/usr/sbin; ${source}`));
    while ((await arrived()) < before + incoming) await pause(200);
  });
  await must(machine("foreign").ssh("PATH=$PATH:/usr/sbin; postconf -X transport_maps; postfix reload 2>/dev/null"));
  return incoming / seconds;
}

/** Messages a second that three clients get through to another server: by TLS and with a login on 465, as they are on 25. */
async function outward(name: Name, port: 25 | 465): Promise<number> {
  const tag = `bench ${port} ${Date.now()}`;
  const seconds = await secondsOf(async () => {
    await Promise.all(([0, 1, 2] as const).map((client) => sendAll(route(name, client), port, `${tag} ${client}`)));
    while (Number(await countDelivered(tag)) < outgoing * 3) await pause(200);
  });
  return (outgoing * 3) / seconds;
}

async function countDelivered(tag: string): Promise<string> {
  const count = `grep -rlF -- '${tag}' /home/someone/Maildir/new /home/someone/Maildir/cur 2>/dev/null | wc -l`;
  return (await machine("foreign").ssh(count)).stdout.trim();
}

async function sendAll(at: Route, port: 25 | 465, tag: string): Promise<void> {
  const dialogue = await Dialogue.open(at, port, port === 465 ? verified(at.hostname) : undefined);
  await dialogue.reply();
  await demand(dialogue, "EHLO client.example.com");
  const secret = Buffer.from(`\0${anna.address}\0${anna.password}`).toString("base64");
  if (port === 465) await demand(dialogue, `AUTH PLAIN ${secret}`);
  for (let number = 1; number <= outgoing; number++) {
    for (const line of [`MAIL FROM:<${anna.address}>`, `RCPT TO:<${foreign.mailbox}>`, "DATA"])
      await demand(dialogue, line);
    const head = `From: <${anna.address}>\r\nTo: <${foreign.mailbox}>\r\nSubject: ${tag} ${number}\r\n\r\n`;
    await demand(dialogue, `${head}${"Hello, this is a line of text.\r\n".repeat(100)}.`);
  }
  await dialogue.closeAfterAnswer();
}

async function demand(dialogue: Dialogue, line: string): Promise<void> {
  const answer = await dialogue.ask(line);
  if (!/^[23]/.test(answer)) throw new Error(`${line.slice(0, 10)} is answered with ${answer || "silence"}`);
}

/** Megabytes that the mail services have to themselves, with their share of what they have in common. */
async function memory(name: Name): Promise<number> {
  const sum = `for unit in $(systemctl list-units --plain --no-legend --state=running 'postfix*' 'dovecot*' 'opendkim*' 'nginx*' | cut -d' ' -f1); do
    cat /sys/fs/cgroup$(systemctl show -P ControlGroup $unit)/cgroup.procs
  done | sort -u | while read -r pid; do grep '^Pss:' /proc/$pid/smaps_rollup; done | awk '{sum += $2} END {print sum / 1024}'`;
  return Number(await on(name, sum));
}

async function must(command: Promise<{ exitCode: number; stderr: string }>): Promise<void> {
  const { exitCode, stderr } = await command;
  if (exitCode !== 0) throw new Error(stderr);
}
