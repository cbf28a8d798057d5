import type * as pulumi from "@pulumi/pulumi";
import type { DnsRecord } from "../record";

/**
 * Publishes one record as one resource named `name`. `outline` is the record as far as the model alone tells it: what
 * follows from that is known in every preview, when `record` itself often is not.
 */
export type PublishRecord = (
  name: string,
  outline: DnsRecord,
  record: pulumi.Output<DnsRecord>,
  opts: pulumi.CustomResourceOptions,
) => pulumi.Resource;
