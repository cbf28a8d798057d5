import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { machine } from "../../../lab/lab";
import { awaitMail } from "../../../lab/mail";
import { checkout } from "../../../lab/paths";
import { must } from "../../../lab/processes";
import { newSubject, type Scenario } from "../scenario";
import { bound } from "../story";

/** What `docs/operations.md` and `docs/troubleshooting.md` have people type, as it stands there. */
export function doesWhatOperationsSay(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, host, release } = scenario;
  const page = (name: string) =>
    readFileSync(join(checkout, "docs", name), "utf8")
      .replaceAll("mail.example.org", release.hostname)
      .replaceAll("example.org", release.domain)
      .replaceAll("198.51.100.7", machine(release.machine).v4)
      .replaceAll("somebody@example.net", "root");
  const text = page("operations.md");
  const typed = [...page("troubleshooting.md").matchAll(/^# ((?!When )\S.*)$/gm)].map(([, command = ""]) => command);

  step(
    "the commands for logs and for mail by hand work on the machine, and those from elsewhere find the server",
    async () => {
      const [onMachine = "", elsewhere = ""] = blocks(text, "Logs, and mail by hand");
      // Not those that wait for somebody: for lines, for a password, or for the ID of a message.
      const commands = [...lines(onMachine), ...typed].filter((line) => !/--follow|auth test|QUEUE_ID/.test(line));
      expect(commands.length).toBeGreaterThanOrEqual(14);
      for (const command of commands) {
        const outcome = await host.shell(`{ ${command}; } > /dev/null 2> /tmp/said; echo $?; cat /tmp/said`);
        // grep may find nothing, and says so by its exit code.
        expect(outcome, command).toMatch(command.includes("--grep") ? /^[01]$/ : /^0$/);
      }
      for (const command of lines(elsewhere)) {
        const said = await must(`'${command}' failed`, ["bash", "-c", `{ ${command}; } 2>&1`]);
        expect(said, command).toMatch(/\S/);
      }
    },
  );

  step("a Maildir from elsewhere is read once it lies in the mailbox's place", async () => {
    const subject = newSubject("from an old server");
    const old = "/tmp/old/Maildir";
    const letter = `Subject: ${subject}\\n\\nHello.\\n`;
    await host.shell(`mkdir -p ${old}/cur ${old}/new ${old}/tmp; printf '${letter}' > ${old}/new/1700000000.1.old`);
    const [copy = ""] = blocks(text, "Mail from elsewhere");
    const commands = lines(copy.replace("rsync -a old.example.net:/home/anna/Maildir/", `cp -a ${old}/.`));
    expect(commands[0]).toMatch(/^cp -a /);
    await host.shell(commands.join(" && "));
    await awaitMail(route(), anna, subject);
  });
}

/** The blocks of commands below a heading. */
function blocks(text: string, heading: string): string[] {
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? "");
}

/** Without the comments behind them. */
function lines(block: string): string[] {
  return block
    .split("\n")
    .map((line) => line.replace(/ +# .*$/, ""))
    .filter((line) => line !== "");
}
