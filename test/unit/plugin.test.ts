import { beforeAll, describe, expect, test } from "vitest";
import { secretMembers } from "../../components/schema";
import { type PackageSchema, packageSchema } from "../../plugin/schema";

/** What programs in other languages see of the components. Their args are inferred from `components/args.ts`, which `args.test.ts` holds against the schema. */
describe("the schema for other languages", () => {
  let schema: PackageSchema;
  beforeAll(async () => {
    schema = await packageSchema();
  }, 180_000);

  test("the schema for other languages says of every member, of args and of outputs, what it is", () => {
    const members = Object.entries({ ...schema.types, ...schema.resources }).flatMap(([type, { ...object }]) =>
      Object.entries({ ...object.properties, ...object.inputProperties }).map(([name, member]) => ({
        name: `${type}.${name}`,
        member,
      })),
    );
    expect(members.length).toBeGreaterThan(100);
    expect(members.filter(({ member }) => !member.description || /\[object/.test(member.description))).toEqual([]);
  });

  test("the schema for other languages marks every secret as one", () => {
    const marked = Object.values(schema.types).flatMap(({ properties = {} }) =>
      Object.entries(properties).flatMap(([name, { secret }]) => (secret ? [name] : [])),
    );
    expect(new Set(marked)).toEqual(secretMembers);
    expect(schema.types["mailserver:index:MailboxArgs"]?.properties?.address?.secret).toBeUndefined();
    expect(schema.resources["mailserver:index:MailDns"]?.properties?.dkimPrivateKeys?.secret).toBe(true);
  });

  test("the schema for other languages has the outputs", () => {
    const outputs = (component: string) =>
      Object.keys(schema.resources[`mailserver:index:${component}`]?.properties ?? {}).sort();
    const told = ["dkimRecords", "records", "reverseRecords", "zoneFile"];
    const machine = ["ipv4Address", "ipv6Address", "clientSettings", "hostname", "manifestHash", "sshEndpoint"];
    expect(outputs("MailServer")).toEqual([...machine, ...told].sort());
    expect(outputs("MailDns")).toEqual(["dkimPrivateKeys", ...told].sort());
    expect(outputs("MailHost")).toEqual(
      ["acmeAccountUri", "certificateSpkiSha256", "dkimPublicKeys", ...machine, ...told].sort(),
    );
  });
});
