import { expect } from "vitest";
import { OperatingSystem } from "../../../index";
import { clients, machine } from "../../../lab/lab";
import { Dialogue, type Login, type Route, submit, withImap } from "../../../lab/mail";
import { dovecotLines, sshLines } from "../../failedLogins";
import type { Scenario } from "../scenario";
import { transcript } from "../stack";
import { bound } from "../story";

/** Of `jails.ts`. */
const attempts = 10;

/** Whoever guesses passwords is shut out, and nobody else is. Other steps use the guesser's addresses, so that they are let in again at the end. */
export function shutsGuessersOut(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, ben, host, release } = scenario;
  const guesser = { v4: route("v4", 1), v6: route("v6", 1) };
  const banned = () => host.shell("fail2ban-client get mailserver banip");

  step("who guesses passwords on 993 or 587 is shut out within a minute, and others log in", async () => {
    const started = Date.now();
    await Promise.all([guesses(guesser.v4, anna, 993), guesses(guesser.v6, anna, 587)]);
    for (const each of Object.values(guesser))
      await expect.poll(() => isShutOut(each, 993), { timeout: 60_000 - (Date.now() - started) }).toBe(true);
    process.stderr.write(`… ${release.machine}: shut out after ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    for (const port of [110, 143, 465, 587, 995])
      for (const each of Object.values(guesser)) expect([port, await isShutOut(each, port)]).toEqual([port, true]);
    expect(await isShutOut(guesser.v4, 25)).toBe(false);
    for (const other of [route("v4"), route("v6")]) await withImap(other, anna, async () => undefined);
    expect(await submit(route(), 587, anna, { to: ben.address, subject: "not guessed" })).toMatch(/^250/);
  });

  step(
    "who is shut out stays so while fail2ban gets other settings and UFW is loaded again, and is no drift",
    async () => {
      const neverBanned = ["192.0.2.0/24", "2001:db8:a::/48"];
      scenario.args = { ...scenario.args, neverBanned };
      await scenario.stack.up(scenario.args);
      await host.shell("systemctl restart ufw");
      for (const each of Object.values(guesser)) await expect.poll(() => isShutOut(each, 993)).toBe(true);
      const ignored = await host.shell("fail2ban-client get mailserver ignoreip");
      for (const block of neverBanned) expect(ignored).toContain(block);
      const drift = await scenario.stack.mailserver("drift");
      expect(drift.exitCode, transcript(drift)).toBe(0);
    },
  );

  step("who is unbanned logs in again", async () => {
    await host.shell(`fail2ban-client unban ${clients[1]?.v4} ${clients[1]?.v6}`);
    for (const each of Object.values(guesser)) await withImap(each, anna, async () => undefined);
    expect(await banned()).toBe("");
  });

  step("the machine itself and who deployed to it are never shut out", async () => {
    const { v4, v6 } = machine(release.machine);
    const deployer = (await host.shell("cat /var/lib/pulumi-mailserver/own-addresses")).split("\n").at(-1) ?? "";
    await guesses({ ...route(), from: deployer }, anna, 993);
    const ignored = () => host.shell(`grep -c 'Ignore ${deployer} by command' /var/log/fail2ban.log`);
    await expect.poll(async () => Number(await ignored()), { timeout: 20_000 }).toBeGreaterThanOrEqual(attempts);
    expect(await banned()).toBe("");
    for (const jail of ["mailserver", "sshd"]) {
      const asked = await host.shell(`fail2ban-client get ${jail} ignorecommand`);
      const isIgnored = (address: string) => host.shell(`${asked.replaceAll("<ip>", address)}; echo $?`);
      for (const address of [v4, v6, deployer])
        expect([jail, address, await isIgnored(address)]).toEqual([jail, address, "0"]);
      for (const address of ["203.0.113.9", v4.slice(0, -1), `${v6}0`, "2001:db8:51::"])
        expect([jail, address, await isIgnored(address)]).toEqual([jail, address, "1"]);
    }
  });

  step("of the lines of a journal, fail2ban counts what it should, and takes no address from a name", async () => {
    for (const [filter, lines] of [
      ["pulumi-mailserver", dovecotLines],
      ["sshd", sshLines(release.operatingSystem === OperatingSystem.Debian13 ? "OpenSSH 10.0" : "OpenSSH 9.2")],
    ] as const) {
      const text = lines.map(({ line }) => `${line}\n`).join("");
      const said = await host.shell(`cat >/tmp/lines <<'END'\n${text}END\nfail2ban-regex -o ip /tmp/lines '${filter}'`);
      expect(said.split("\n")).toEqual(lines.flatMap(({ counts }) => counts ?? []));
    }
  });
}

/** As many wrong passwords as shut an address out, each by a connection of its own: a refusal takes four seconds. */
async function guesses(from: Route, login: Login, port: 587 | 993): Promise<void> {
  const wrong = { ...login, password: "not this one" };
  const guess = () =>
    port === 993
      ? withImap(from, wrong, async () => undefined)
      : submit(from, port, wrong, { to: login.address, subject: "never" });
  const outcomes = await Promise.allSettled(Array.from({ length: attempts }, guess));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toEqual([]);
}

async function isShutOut(from: Route, port: number): Promise<boolean> {
  try {
    (await Dialogue.open(from, port)).close();
    return false;
  } catch {
    return true;
  }
}
