import { expect, it, vi } from "vitest";
import { clientSettings } from "../../components/clientSettings";
import { RecordPurpose } from "../../components/dns/record";
import { ClientProtocol } from "../../components/enums";
import { edgeRules } from "../../components/host/edgeRules";
import { plannedRecords } from "../../components/plannedRecords";
import { probedPorts } from "../../components/probe";
import { openPorts } from "../../components/services/openPorts";
import type { Service } from "../../components/services/service";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor } from "./fixture";

// A service takes the place of the SPF policy in the list. Nothing else in components/ has heard of it.
vi.mock("../../components/services/spfPolicy/service", () => {
  const calendar: Service = {
    name: "calendar",
    ports: () => [
      {
        ...{ number: 8443, name: "caldavs", tls: "implicit", offered: true, probed: true },
        dialogue: { greeting: "* OK", farewell: "BYE" },
        client: { use: "incoming", protocol: ClientProtocol.Imap, priority: 40 },
      },
    ],
    records: (_model, { name: machine, hostname }) => [
      {
        ...{ id: "calendar-A", purpose: RecordPurpose.Address, name: `calendar.${hostname}`, type: "A" },
        ...{ value: [{ from: "ipv4", machine }], explanation: "Where the calendar is." },
      },
    ],
    domainRecords: (_model, { name }) => [
      {
        ...{ id: `${name}-calendar`, purpose: RecordPurpose.Sender, name: `_calendar.${name}`, type: "TXT" },
        ...{ value: "v=calendar", explanation: "A calendar." },
      },
    ],
    certificateReader: "calendard",
    certificates: ({ hostname }) => [
      { name: "calendar", names: [`calendar.${hostname}`], pemPath: "/etc/ssl/calendar.pem", readers: ["calendard"] },
    ],
    postfix: () => ({ milters: ["unix:calendar.sock"] }),
    role: () => ({ name: "calendar", packages: ["calendard"], files: [] }),
  };
  return { spfPolicy: calendar };
});

const model = modelFor(validate(exampleArgs()));
const all = roles(model);
const contentOf = (path: string) => all.flatMap(({ files }) => files).find((file) => file.path === path)?.content ?? "";

it("a new service has its ports opened, on the machine and at the network's edge", () => {
  expect(openPorts(model)).toContainEqual({ number: 8443, service: "caldavs" });
  expect(JSON.stringify(edgeRules(openPorts(model), 22))).toContain("8443");
});

it("a new service has its port in the client settings and in an SRV record of each domain", () => {
  expect(clientSettings(model).incoming).toContainEqual(expect.objectContaining({ port: 8443, security: "TLS" }));
  const names = plannedRecords(model).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["_caldavs._tcp.example.org", "_caldavs._tcp.example.com"]));
});

it("a new service has its records published: those of a domain with that domain's, who may send before what is offered", () => {
  const ids = plannedRecords(model).map(({ id }) => id);
  expect(ids).toContain("calendar-A");
  expect(ids.indexOf("example.org-calendar")).toBeGreaterThan(ids.indexOf("example.org-SPF"));
  expect(ids.indexOf("example.org-calendar")).toBeLessThan(ids.indexOf("example.org-DMARC"));
});

it("a new service reads the server's certificate after each renewal, and has its own kept", () => {
  const hook = contentOf("/usr/local/lib/pulumi-mailserver/deploy-certificate");
  expect(hook).toMatch(/mail\.example\.org\) .*readers='postfix dovecot calendard'/);
  expect(hook).toContain("calendar) pem=/etc/ssl/calendar.pem readers='calendard'");
  const names = all.flatMap(({ certificates = [] }) => certificates.map(({ name }) => name));
  expect(names).toContain("calendar");
});

it("a new service is asked from where Pulumi runs, by what it says first", () => {
  const dialogue = { greeting: "* OK", farewell: "BYE" };
  expect(probedPorts(model)).toContainEqual({ number: 8443, service: "caldavs", ...dialogue });
});

it("a new service filters mail of Postfix, at its place in the order of starting", () => {
  expect(contentOf("/etc/postfix/main.cf")).toMatch(/smtpd_milters = .*opendkim.*, unix:calendar\.sock/);
  const names = all.map(({ name }) => name);
  expect(names.slice(names.indexOf("opendkim"))).toEqual(["opendkim", "calendar", "dovecot", "postfix"]);
});
