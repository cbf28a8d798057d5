import { describe, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { clientSettings } from "../../components/clientSettings";
import { plannedRecords } from "../../components/plannedRecords";
import { probedPorts } from "../../components/probe";
import { openPorts } from "../../components/services/openPorts";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor, passwordHash } from "./fixture";

const script = 'require "fileinto";\nfileinto "Junk";\n';
const annas = { address: "anna@example.org", passwordHash, sieve: 'redirect "anna@example.net";' };
const modelOf = (changes: Partial<MailServerArgs> = {}) => modelFor(validate(exampleArgs(changes)));
const on: Partial<MailServerArgs> = { enableSieve: true };
const full: Partial<MailServerArgs> = { ...on, sieve: { before: script, after: "keep;" }, mailboxes: [annas] };

const roleOf = (changes: Partial<MailServerArgs>) => roles(modelOf(changes)).find(({ name }) => name === "sieve");
const conf = (changes: Partial<MailServerArgs>) =>
  roles(modelOf(changes))
    .flatMap(({ files }) => files)
    .find(({ path }) => path === "/etc/dovecot/dovecot.conf")?.content ?? "";

describe("Sieve", () => {
  it.each(Object.values(OperatingSystem))("the files of Sieve on %s are as in the snapshot", (operatingSystem) => {
    const plain = new Set(conf({ operatingSystem }).split("\n"));
    const more = conf({ operatingSystem, ...full }).split("\n");
    const files = roleOf({ operatingSystem, ...full })?.files ?? [];
    const text = files.map(
      ({ path, owner, group, mode, content }) => `==> ${path} ${owner}:${group} ${mode}\n${content}`,
    );
    expect([...more.filter((line) => !plain.has(line)), ...text].join("\n")).toMatchSnapshot();
  });

  it("without Sieve, nothing of it is on the server", () => {
    expect(roleOf({})).toBeUndefined();
    expect(conf({})).not.toMatch(/sieve/i);
    expect(clientSettings(modelOf())).not.toHaveProperty("filters");
    expect(plannedRecords(modelOf()).map(({ name }) => name)).not.toContain("_sieve._tcp.example.org");
  });

  it("the port of ManageSieve is open, in SRV records, in the settings of mail programs, asked for and guarded", () => {
    const model = modelOf(on);
    expect(openPorts(model)).toContainEqual({ number: 4190, service: "sieve" });
    expect(probedPorts(model).map(({ service }) => service)).toContain("sieve");
    expect(plannedRecords(model)).toContainEqual(
      expect.objectContaining({ name: "_sieve._tcp.example.org", srv: { weight: 1, port: 4190 }, priority: 0 }),
    );
    expect(clientSettings(model).filters).toEqual([
      { protocol: "ManageSieve", server: "mail.example.org", port: 4190, security: "STARTTLS" },
    ]);
    const jails = roles(model).flatMap(({ files }) => files.filter(({ path }) => path.includes("/jail.d/")));
    expect(jails.map(({ content }) => content).join()).toContain("port = 143,465,587,993,4190");
  });

  it("each script is judged by sievec where it changes, and what is compiled of other scripts is never used", () => {
    const role = roleOf(full);
    expect(role?.validations?.map(({ files }) => files)).toEqual(role?.files.map(({ path }) => [path]));
    const folder = (changes: Partial<MailServerArgs>) => /\/var\/cache\/mailserver-sieve\/\w+/.exec(conf(changes))?.[0];
    const other = { ...full, sieve: { before: script, after: "stop;" } };
    expect(folder(full)).toBe(folder({ ...full, messageSizeLimit: 20_000_000 }));
    expect(folder(full)).not.toBe(folder(other));
  });

  it("a script that nothing would run is refused, wherever it stands", () => {
    const { enableSieve: _, ...without } = full;
    const refused = () => validate(exampleArgs(without));
    for (const place of ["sieve.before", "sieve.after", "mailboxes[0].sieve"])
      expect(refused).toThrow(`${place}: is a Sieve script, which runs only where enableSieve is true`);
  });
});

it("one protocol more, or less, has Dovecot restarted, and another setting has it reloaded", () => {
  const unit = roles(modelOf())
    .flatMap(({ units = [] }) => units)
    .find(({ name }) => name === "dovecot.service");
  expect(unit?.restartOnSettings).toEqual({ "/etc/dovecot/dovecot.conf": ["protocols"] });
  const protocols = (changes: Partial<MailServerArgs>) => /^protocols = .*$/m.exec(conf(changes))?.[0];
  expect(protocols(on)).not.toBe(protocols({}));
  expect(protocols({ enablePop3: true })).not.toBe(protocols({}));
});
