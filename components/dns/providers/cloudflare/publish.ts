import type * as pulumi from "@pulumi/pulumi";
import { refusal } from "../../../refusal";
import { answerOf, type FoundRecord, plainName, plainText } from "../../existing";
import { isWithin } from "../../names";
import type { Access } from "../provider";
import type { PublishRecord } from "../publishRecord";
import { dataOf, toCloudflare, valueMember } from "./record";
import { cloudflareSdk } from "./sdk";

/** A zone at Cloudflare, with every default filled in. */
export interface CloudflareZone {
  zoneId: pulumi.Input<string>;
  ttl: number;
}

/** Publishes records at Cloudflare. */
export function publishAtCloudflare({ zoneId, ttl }: CloudflareZone): PublishRecord {
  return (resourceName, outline, record, opts) => {
    const { content, data, ...rest } = toCloudflare(outline, zoneId, ttl);
    const wanted = record.apply(dataOf);
    const member = valueMember(rest.type);
    const { DnsRecord } = cloudflareSdk();
    return new DnsRecord(
      resourceName,
      {
        ...rest,
        content: content === undefined ? undefined : wanted.apply((known) => known.content),
        // Never unknown as a whole: the provider, which must know what members there are, refuses that in a preview.
        data: data && { ...data, [member]: wanted.apply((known) => known.data?.[member]) },
      },
      { ...opts, deleteBeforeReplace: true },
    );
  };
}

/**
 * The name, if it is in the zone: the API would put another below it.
 * @throws with what to do, if it is not
 */
export function nameWithin(name: string, zone: string, zoneId: string): string {
  if (isWithin(name, zone)) return name;
  throw refusal(
    `${name} is outside the zone ${zone}, which is what dns.cloudflare.zoneId ${zoneId} stands for; give the zone ID of the zone that holds ${name}, or give the domain of ${name} a dns of its own (domains[].dns)`,
  );
}

/**
 * The name of the zone with this ID; unknown in a preview that does not know yet how the provider logs in, as is what else it is asked.
 * @throws with what to do, if the token does not see it
 */
export async function zoneName(zoneId: string, access: Access): Promise<string | undefined> {
  try {
    return (await cloudflareSdk().getZone({ zoneId }, access)).name;
  } catch (cause) {
    throw refusal(
      `Cloudflare does not show the zone ${zoneId} to these credentials: copy the zone ID from the zone's overview page, and let the token (CLOUDFLARE_API_TOKEN) have Zone:Read and DNS:Edit for the zone; or, where another account has the zone, name that one (dns.cloudflare.account). Cloudflare's answer: ${answerOf(cause)}`,
    );
  }
}

/** The MX and TXT records of a zone. */
export async function cloudflareRecordsFound(zoneId: string, access: Access): Promise<FoundRecord[]> {
  const of = async (type: string) => (await cloudflareSdk().getDnsRecords({ zoneId, type }, access)).results ?? [];
  const at = ({ name, id }: { name: string; id: string }) => ({ name, importId: `${zoneId}/${id}` });
  const [mx, txt] = await Promise.all([of("MX"), of("TXT")]);
  return [
    ...mx.map((each) => ({ ...at(each), type: "MX", value: plainName(each.content) })),
    ...txt.map((each) => ({ ...at(each), type: "TXT", value: plainText(each.content) })),
  ];
}
