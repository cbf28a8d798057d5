import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { acme, clients, dns, foreign, machine, reset, resolver, save, tsig, up } from "../../lab/lab";
import { inHost } from "../../lab/processes";

// The lab itself. Machine tests use `spare` alone, so that they disturb neither a running demo nor the other tests.

const spare = () => machine("spare");

/** The first line that a server says. */
const greeting = (host: string, port: number, localAddress?: string) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
    socket.setTimeout(5000, () => socket.destroy(new Error(`${host}:${port} does not answer`)));
    socket.once("error", reject);
    socket.once("data", (data) => {
      resolve(data.toString().trim());
      socket.destroy();
    });
  });

const dig = (...words: string[]) => execFileSync("dig", ["+time=2", "+tries=1", ...words], { encoding: "utf8" });

const bootId = async () =>
  (await spare().ssh("cat /proc/sys/kernel/random/boot_id; cat /proc/1/stat | cut -d' ' -f22")).stdout;

beforeAll(() => up(["spare", "foreign"]));

describe("a machine", () => {
  test("a machine answers by SSH over IPv4 and IPv6, with the host key that is announced", async () => {
    for (const address of [spare().v4, spare().v6]) {
      expect(await greeting(address, 22)).toMatch(/^SSH-2\.0-OpenSSH/);
      const scanned = execFileSync("ssh-keyscan", ["-t", "ed25519", address], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      expect(scanned).toContain(spare().hostPublicKey);
    }
  });

  test("a machine has booted Debian completely and lets root in, and admin with sudo", async () => {
    const { stdout } = await spare().ssh(
      "systemctl is-system-running; . /etc/os-release; echo $VERSION_CODENAME; sudo -u admin sudo -n id -un",
    );
    expect(stdout.trim().split("\n")).toEqual(["running", "bookworm", "root"]);
  });

  test("a machine is pristine again after a reset, in a moment, with the same host key", async () => {
    const before = spare().hostPublicKey;
    await spare().ssh("touch /root/mark /etc/mark /var/lib/mark; rm /etc/hosts; useradd mark");
    const started = Date.now();
    await reset("spare");
    // 0.8 s on an idle computer; the limit leaves room for one that runs other tests at the same time.
    expect(Date.now() - started).toBeLessThan(10_000);
    const { stdout } = await spare().ssh(
      "ls -d /root/mark /etc/mark /var/lib/mark /etc/hosts 2>/dev/null; getent passwd mark",
    );
    expect(stdout.trim()).toBe("/etc/hosts");
    expect(spare().hostPublicKey).toBe(before);
  });

  test("a machine gets new host keys on request, and is still let in", async () => {
    const before = spare().hostPublicKey;
    await reset("spare", { newHostKeys: true });
    expect(spare().hostPublicKey).not.toBe(before);
    expect((await spare().ssh("cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub")).stdout.trim()).toBe(
      spare().hostPublicKey,
    );
  });

  test("a machine starts from a saved disk", async () => {
    await spare().ssh("echo kept >/root/mark");
    await save("spare", "marked");
    await reset("spare");
    expect((await spare().ssh("cat /root/mark")).exitCode).toBe(1);
    await reset("spare", { snapshot: "marked" });
    expect((await spare().ssh("cat /root/mark")).stdout).toBe("kept\n");
    await expect(reset("spare", { snapshot: "nothing" })).rejects.toThrow(/no snapshot 'nothing'.*marked/);
    await reset("spare");
  });

  test("a machine reboots by itself and keeps its disk", async () => {
    await spare().ssh("echo kept >/root/mark; nft add table inet gone");
    const before = await bootId();
    await spare().ssh("systemctl reboot");
    await expect
      .poll(bootId, { timeout: 30_000, interval: 200 })
      .not.toSatisfy((now: string) => now === "" || now === before);
    expect((await spare().ssh("cat /root/mark; nft list tables")).stdout).toBe("kept\n");
  });

  test("a machine reaches Debian's packages and nothing else of the Internet", async () => {
    expect((await spare().ssh("apt-get update -qq 2>&1")).stdout).toBe("");
    for (const address of ["http://1.1.1.1", "http://[2606:4700:4700::1111]", "http://deb.debian.org"]) {
      expect((await spare().ssh(`curl --noproxy '*' --max-time 3 -sS ${address}`)).stderr).toMatch(
        /Could not resolve|Failed to connect|Couldn't connect/,
      );
    }
  });

  test("a machine trusts the ACME authority's HTTPS", async () => {
    const { stdout } = await spare().ssh(`curl -sS ${acme.directoryUrl}`);
    expect(JSON.parse(stdout)).toHaveProperty("newOrder");
    expect(acme.issuingRoots()).toContain("BEGIN CERTIFICATE");
  });
});

describe("the name server", () => {
  test("the name server answers with validated records, names that do not exist included", () => {
    for (const query of [
      ["mail.example.net", "AAAA"],
      ["example.net", "MX"],
      ["-x", "203.0.113.25"],
      ["-x", "2001:db8:203::25"],
    ]) {
      expect(dig("+dnssec", ...query)).toMatch(/status: NOERROR[\s\S]+flags:[^;]* ad[ ;][\s\S]+ANSWER: [1-9]/);
    }
    expect(dig("+dnssec", "nothing.example.org")).toMatch(/status: NXDOMAIN[\s\S]+flags:[^;]* ad[ ;]/);
  });

  test("the name server gives the foreign server and the first two client addresses names that resolve back", () => {
    for (const address of [
      "203.0.113.25",
      "2001:db8:203::25",
      ...clients.slice(0, 2).flatMap(({ v4, v6 }) => [v4, v6]),
    ]) {
      const name = dig("+short", "-x", address).trim();
      expect(dig("+short", name, address.includes(":") ? "AAAA" : "A").trim()).toBe(address);
    }
    expect(dig("+short", "-x", clients[2]?.v4 ?? "")).toBe("");
  });

  test("the name server takes an update that is signed with the key and refuses one that is not", async () => {
    const change = (lines: string[]) =>
      execFileSync("nsupdate", { input: [`server ${tsig.server}`, ...lines, "send", ""].join("\n"), stdio: "pipe" });
    const add = "update add signed.example.org 60 A 198.51.100.99";
    expect(() => change([add])).toThrow(/REFUSED/);
    change([`key ${tsig.algorithm}:${tsig.name} ${tsig.secret}`, add]);
    expect(dig("+short", `@${resolver.v6}`, "signed.example.org").trim()).toBe("198.51.100.99");
    await dns.delete("signed.example.org");
    expect(await dns.records("signed.example.org", "A")).toEqual([]);
  });

  test("the name server replaces and lists records", async () => {
    await dns.set("many.example.org", "TXT", ['"a; b" "c"', '"d"'], 60);
    await dns.set("many.example.org", "TXT", ['"only"'], 60);
    const only = { name: "many.example.org.", ttl: 60, type: "TXT", content: '"only"' };
    expect(await dns.records("many.example.org", "TXT")).toEqual([only]);
    expect(await dns.zone("example.org")).toContainEqual(only);
    await dns.delete("many.example.org", "TXT");
  });
});

describe("the foreign mail server", () => {
  test("the foreign mail server delivers what it sends to itself", async () => {
    const text = `to myself ${Date.now()}`;
    await foreign.send(`From: other@example.net\nSubject: ${text}\n\nhello\n`, "other@example.net", [foreign.mailbox]);
    const { raw } = await foreign.awaitDelivery(text);
    expect(raw.toString()).toMatch(/Delivered-To: someone@example\.net[\s\S]+\nhello\n$/);
    expect(await foreign.deliveries("a text that is in no message")).toEqual([]);
  });

  test("the foreign mail server answers clients of both networks over IPv4 and IPv6", async () => {
    const client = clients[0] ?? { v4: "", v6: "" };
    expect(await greeting("203.0.113.25", 25, client.v4)).toMatch(/^220 mail\.example\.net/);
    expect(await greeting("2001:db8:203::25", 25, client.v6)).toMatch(/^220 mail\.example\.net/);
    const { stdout } = await spare().ssh("exec 3<>/dev/tcp/mail.example.net/25; head -1 <&3");
    expect(stdout).toMatch(/^220 mail\.example\.net/);
  });
});

test("the host's own network has no address and no route of the lab", () => {
  const [enter = "", ...words] = [...inHost(), "ip"];
  const host = (what: string) => execFileSync(enter, [...words, ...what.split(" ")], { encoding: "utf8" });
  expect(host("address")).toContain("inet 127.0.0.1");
  for (const what of ["address", "route", "-6 route", "link"]) {
    expect(host(what)).not.toMatch(/198\.51\.100\.|203\.0\.113\.|2001:db8:(51|203)|br-lab|br-foreign/);
  }
});
