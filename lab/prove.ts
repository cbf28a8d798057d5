import { resolveMx, reverse, setServers } from "node:dns/promises";
import { clouds } from "./cloud";
import { demoConfig } from "./demoStack";
import { foreign, machine, resolver } from "./lab";
import { awaitMail, Dialogue, fetchByPop3, judge, type Login, type Route, submit } from "./mail";
import type { Proof } from "./report";

const cloud = clouds.find((each) => each === process.argv[2]);
const config = demoConfig(cloud);
const [anna] = config["mail:mailboxes"] as [Login];
const hostname = config["mail:hostname"] as string;
const { v4, v6 } = machine("demo");
const byV4: Route = { hostname, address: v4, from: "203.0.113.10" };
const byV6: Route = { hostname, address: v6, from: "2001:db8:203::10" };

/** Shows from outside, inside the lab's network, that the demo's server works; prints one proof a line in JSON. */
async function main(): Promise<void> {
  setServers([resolver.v4]);
  const tag = `demo ${Date.now()}`;

  await proof("The world finds the server: MX, and names that match both ways", async () => {
    const [mx] = await resolveMx("example.org");
    const names = [...(await reverse(v4)), ...(await reverse(v6))];
    demand(
      mx?.exchange === hostname && names.length === 2 && names.every((name) => name === hostname),
      `MX ${mx?.exchange}, PTR ${names}`,
    );
    return `MX ${mx?.exchange}; PTR of ${v4} and ${v6}: ${hostname}`;
  });

  await proof("A stranger's mail arrives and is read by IMAPS", async () => {
    const subject = `${tag} in`;
    await foreign.send(letter(foreign.mailbox, anna.address, subject), foreign.mailbox, [anna.address]);
    const raw = (await awaitMail(byV4, anna, subject)).toString();
    demand(/spf=pass|Received-SPF: Pass/i.test(raw), `no SPF verdict in\n${raw}`);
    return `${foreign.mailbox} → port 25 → ${anna.address}, SPF checked: pass`;
  });

  if (config["mail:enablePop3"])
    await proof("The same mail is read by POP3S", async () => {
      const messages = await fetchByPop3(byV6, anna);
      demand(
        messages.some((message) => message.includes(`${tag} in`)),
        `${messages.length} messages, not this one`,
      );
      return `${messages.length} in the mailbox, over IPv6`;
    });

  for (const [port, route] of [
    [465, byV4],
    [587, byV6],
  ] as const) {
    await proof(`Mail goes out by port ${port} and others believe it`, async () => {
      const subject = `${tag} out ${port}`;
      await submit(route, port, anna, { to: foreign.mailbox, subject });
      const { raw } = await foreign.awaitDelivery(subject);
      const { spf, dkim, dmarc } = await judge(raw);
      demand(
        spf === "pass" && dmarc === "pass" && dkim.includes("pass example.org"),
        `spf=${spf} dkim=${dkim} dmarc=${dmarc}`,
      );
      demand(!raw.toString().includes(route.from ?? "-"), "the client's address is in the message");
      return `→ ${foreign.mailbox}: SPF pass, DKIM pass, DMARC pass; the client's address stays private`;
    });
  }

  await proof("It relays for nobody", async () => {
    const dialogue = await Dialogue.open(byV4, 25);
    await dialogue.reply();
    await dialogue.ask("EHLO client10.example.net");
    await dialogue.ask("MAIL FROM:<someone@example.net>");
    const answer = await dialogue.ask("RCPT TO:<somebody@example.net>");
    dialogue.close();
    demand(answer.startsWith("554"), answer);
    return answer;
  });

  await proof("Passwords are asked for in TLS only", async () => {
    const dialogue = await Dialogue.open(byV4, 587);
    await dialogue.reply();
    const offered = await dialogue.ask("EHLO client10.example.net");
    dialogue.close();
    demand(!/AUTH/.test(offered) && /STARTTLS/.test(offered), offered);
    return "port 587 offers STARTTLS, and AUTH only after it";
  });
}

function letter(from: string, to: string, subject: string): string {
  return `From: ${from}\nTo: ${to}\nSubject: ${subject}\nDate: ${new Date().toUTCString()}\nMessage-ID: <${Date.now()}@example.net>\n\nHello.\n`;
}

async function proof(what: string, show: () => Promise<string>): Promise<void> {
  const started = Date.now();
  const result = await show().then(
    (detail) => ({ passed: true, detail }),
    (error: unknown) => ({ passed: false, detail: error instanceof Error ? error.message : String(error) }),
  );
  const line: Proof = { what, ...result, seconds: (Date.now() - started) / 1000 };
  console.log(JSON.stringify(line));
}

function demand(condition: boolean, seen: string): void {
  if (!condition) throw new Error(seen);
}

main();
