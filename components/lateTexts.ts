import * as pulumi from "@pulumi/pulumi";
import { refusal } from "./refusal";
import type { ValidArgs } from "./schema";

/** Texts that are known only when other resources exist, by the marks that stand for them in the model. */
export type LateTexts = ReadonlyMap<string, pulumi.Output<string>>;

/** A text as it stands in the model: itself, or a mark that is replaced once it is known. No text of the args has the character NUL. */
export function textOrMark(path: string, value: pulumi.Input<string>): string {
  return typeof value === "string" ? value : `\0${path}\0`;
}

/** The texts of the args that are known later. */
export function lateTexts({ hostname, relayHost, certificate }: ValidArgs): LateTexts {
  const elsewhere = (name: string) => {
    if (name !== hostname) return name;
    throw refusal(`relayHost.hostname is ${hostname}, this server itself; name another, or leave relayHost out`);
  };
  const texts: [path: string, value: pulumi.Input<string> | undefined][] = [
    ["relayHost.hostname", relayHost && pulumi.output(relayHost.hostname).apply(elsewhere)],
    ["relayHost.user", relayHost?.user],
    ["certificate.acme.externalAccount.keyId", certificate.acme?.externalAccount?.keyId],
  ];
  const late = texts.filter(([, value]) => value !== undefined && typeof value !== "string");
  return new Map(late.map(([path, value]) => [textOrMark(path, value ?? ""), pulumi.output(value ?? "")]));
}

/** A text without marks. One that has none is known at once. */
export function filled(text: string, late: LateTexts): pulumi.Input<string> {
  const own = new Map([...late].filter(([mark]) => text.includes(mark)));
  return own.size === 0 ? text : known(own).apply((texts) => replaced(text, texts));
}

/** Data without marks. */
export function allFilled<Data>(data: pulumi.Output<Data>, late: LateTexts): pulumi.Output<Data> {
  if (late.size === 0) return data;
  const all = pulumi
    .all([data, known(late)])
    .apply(([each, texts]) =>
      JSON.parse(
        JSON.stringify(each, (_, inner: unknown) => (typeof inner === "string" ? replaced(inner, texts) : inner)),
      ),
    );
  return all as pulumi.Output<Data>;
}

function known(late: LateTexts): pulumi.Output<[mark: string, text: string][]> {
  return pulumi.all([...late].map(([mark, text]) => text.apply((each): [string, string] => [mark, each])));
}

function replaced(text: string, texts: [mark: string, text: string][]): string {
  return texts.reduce((sofar, [mark, each]) => sofar.replaceAll(mark, () => each), text);
}
