import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";

/** A text record; with `id`, one that Cloudflare has already. */
export interface Text {
  content: string;
  zoneId: string;
  id?: string;
  /** Whether the program only looks at it. */
  isRead?: boolean;
}

const texts = new pulumi.Config("mail").requireObject<Record<string, Text>>("texts");
for (const [name, { content, zoneId, id, isRead }] of Object.entries(texts)) {
  const importId = id && `${zoneId}/${id}`;
  if (isRead) cloudflare.DnsRecord.get(name, importId!);
  else
    new cloudflare.DnsRecord(
      name,
      { name: `${name}.example.org`, type: "TXT", ttl: 300, content: `"${content}"`, zoneId },
      { import: importId },
    );
}
